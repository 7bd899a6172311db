-- SPDX-FileCopyrightText: 2026 The Loadline authors
-- SPDX-License-Identifier: ISC
--
-- ardour7-lua ardour.lua PLAN FACTS PRESET: does in Ardour what a table of Lua says, and writes what Ardour has into FACTS,
-- one fact a line, words between tabs, the last of them "end". PRESET names the export preset. Then it waits to be ended by a
-- signal: Ardour 7.3 without a window now and then crashes when it takes a session down that it has exported, be it empty.
--
-- The steps of a plan are functions of this file by name, with their arguments.

local steps = {}
local session
local facts = assert (io.open (arg[2], "w"))

local function fact (...)
	local words = {}
	for i, word in ipairs ({...}) do
		words[i] = tostring (word):gsub ("[\t\n]", " ")
	end
	facts:write (table.concat (words, "\t"), "\n")
end

local function track_named (name)
	local route = session:route_by_name (name)
	assert (not route:isnil (), name)
	return route
end

-- The n-th of all controls, meters too, is how Ardour counts parameters; their labels are how people do.
local function parameters (plugin)
	local nth = {}
	local found = 0
	for port = 0, plugin:parameter_count () - 1 do
		if plugin:parameter_is_control (port) then
			if plugin:parameter_is_input (port) then
				nth[plugin:parameter_label (port)] = found
			end
			found = found + 1
		end
	end
	return nth
end

local function each_insert (act)
	local routes = session:get_routes ()
	for route in routes:iter () do
		local n = 0
		while not route:nth_plugin (n):isnil () do
			act (route, n, route:nth_plugin (n):to_insert ())
			n = n + 1
		end
	end
end

-- ## What Ardour knows of the plugins

local function tell_ports (uri, plugin)
	for port = 0, plugin:parameter_count () - 1 do
		if plugin:parameter_is_control (port) then
			local _, result = plugin:get_parameter_descriptor (port, ARDOUR.ParameterDescriptor ())
			local d = result[2]
			fact ("port", uri, plugin:parameter_is_input (port) and "input" or "output", d.label, d.lower, d.normal, d.upper,
			      d.toggled, d.logarithmic, d.integer_step, d.enumeration, d.print_fmt, plugin:get_parameter_docs (port))
			for label, value in pairs (ARDOUR.LuaAPI.desc_scale_points (d)) do
				fact ("choice", uri, d.label, label, value)
			end
		end
	end
end

-- Loads each preset in turn, and tells where that leaves the controls.
local function tell_presets (uri, insert)
	local plugin = insert:plugin (0)
	local presets = plugin:get_info ():get_presets () -- a name, or it would be collected while it is gone through
	for preset in presets:iter () do
		fact ("preset", uri, preset.uri, preset.label, preset.valid, preset.user)
		assert (plugin:load_preset (preset), preset.uri)
		for label, nth in pairs (parameters (plugin)) do
			fact ("loaded", preset.uri, label, (ARDOUR.LuaAPI.get_plugin_insert_param (insert, nth, false)))
		end
	end
end

function steps.list (uris)
	for _, uri in ipairs (uris) do
		local insert = ARDOUR.LuaAPI.new_plugin (session, uri, ARDOUR.PluginType.LV2, ""):to_insert ()
		local info = insert:plugin (0):get_info ()
		fact ("plugin", uri, info.name, info.category, info.creator, info.n_inputs:n_audio (), info.n_outputs:n_audio ())
		tell_ports (uri, insert:plugin (0))
		tell_presets (uri, insert)
	end
end

-- ## Sessions

function steps.create (directory, name, rate_hz)
	session = create_session (directory, name, rate_hz)
	assert (session)
end

function steps.load (directory, name)
	session = load_session (directory, name)
	assert (session)
end

function steps.save ()
	session:save_state ("")
end

function steps.export (folder, name, seconds)
	local export = session:simple_export ()
	export:set_folder (folder)
	export:set_name (name)
	export:set_range (0, math.floor (seconds * session:nominal_sample_rate ()))
	assert (export:set_preset (arg[3]))
	assert (export:run_export ())
end

-- ## Tracks

-- Strict: as many channels out as in, whatever the plugins do.
function steps.track (name, channels, strict)
	local tracks = session:new_audio_track (channels, 2, nil, 1, name, ARDOUR.PresentationInfo.max_order, ARDOUR.TrackMode.Normal, true)
	tracks:front ():set_strict_io (strict)
end

-- At the end of the row; settings by label; a preset first, if there is one.
function steps.insert (track, uri, preset, settings)
	local processor = ARDOUR.LuaAPI.new_plugin (session, uri, ARDOUR.PluginType.LV2, "")
	assert (not processor:isnil (), uri)
	local route = track_named (track)
	local n = 0
	while not route:nth_plugin (n):isnil () do
		n = n + 1
	end
	assert (route:add_processor_by_index (processor, n, nil, true) == 0)
	local plugin = processor:to_insert ():plugin (0)
	if preset ~= "" then
		local record = plugin:preset_by_label (preset)
		assert (record.valid, preset)
		assert (plugin:load_preset (record))
	end
	local nth = parameters (plugin)
	for label, value in pairs (settings) do
		assert (ARDOUR.LuaAPI.set_processor_param (processor, nth[label], value), label)
	end
end

function steps.bypass (track)
	track_named (track):nth_plugin (0):to_insert ():enable (false)
end

-- A track goes into the side chain of another one's first plugin, and is not heard otherwise: its fader is down, but it stays
-- connected, for Ardour compensates latency towards the master bus.
function steps.feed (track, target)
	local route = track_named (track)
	local send = ARDOUR.LuaAPI.new_send (session, route, route:amp ()):to_send ():output ()
	local listener = track_named (target)
	assert (listener:add_sidechain (listener:nth_plugin (0)))
	local side_chain = listener:nth_plugin (0):to_insert ():sidechain_input ()
	for channel = 0, 1 do
		assert (send:nth (channel):connect (side_chain:nth (channel):name ()) == 0)
	end
	route:gain_control ():set_value (0, PBD.GroupControlDisposition.NoGroup)
end

-- Points are {seconds, value}.
function steps.automate (track, label, points)
	local processor = track_named (track):nth_plugin (0)
	local nth = parameters (processor:to_insert ():plugin (0))[label]
	local _, list, _ = ARDOUR.LuaAPI.plugin_automation (processor, nth)
	for _, point in ipairs (points) do
		local at = math.floor (point[1] * session:nominal_sample_rate ())
		list:add (Temporal.timepos_t (at), point[2], false, true)
	end
	local control = Evoral.Parameter (ARDOUR.AutomationType.PluginAutomation, 0, processor:to_insert ():plugin (0):nth_parameter (nth, false))
	processor:to_automatable ():automation_control (control, false):set_automation_state (ARDOUR.AutoState.Play)
end

-- Runs a script of the kind EditorAction as Ardour does: its factory alone, somewhere else. Takes LABEL in its drop-down.
function steps.act (path, label)
	local function dialog (title, widgets)
		local answers = {}
		for _, widget in ipairs (widgets) do
			if widget.type == "dropdown" then
				answers[widget.key] = assert (widget.values[label], label)
			end
		end
		return { run = function () return answers end }
	end
	local function message (title, text)
		return { run = function () error (text) end }
	end
	LuaDialog = { Dialog = dialog, Message = message, MessageType = {}, ButtonType = {} }
	Session = session
	function ardour (about)
		assert (about["type"] == "EditorAction" and about.name)
	end
	dofile (path)
	load (string.dump (factory, true)) () ()
end

function steps.use_monitor_section ()
	ARDOUR.config ():set_use_monitor_bus (true)
	assert (not session:monitor_out ():isnil ())
end

-- The names of a bus's processors, in order.
function steps.tell_bus (kind)
	local bus = kind == "monitor" and session:monitor_out () or session:master_out ()
	local n = 0
	while not bus:nth_processor (n):isnil () do
		fact ("processor", kind, bus:nth_processor (n):display_name ())
		n = n + 1
	end
end

-- Every control of every plugin, as it stands.
function steps.tell ()
	each_insert (function (route, n, insert)
		local plugin = insert:plugin (0)
		fact ("insert", route:name (), n, plugin:unique_id (), insert:enabled (), insert:get_count (), insert:signal_latency (),
		      insert:natural_input_streams ():n_audio (), insert:natural_output_streams ():n_audio ())
		for label, nth in pairs (parameters (plugin)) do
			local value, ok = ARDOUR.LuaAPI.get_plugin_insert_param (insert, nth, false)
			fact ("value", route:name (), n, label, value)
		end
	end)
end

for _, step in ipairs (dofile (arg[1])) do
	steps[step[1]] (table.unpack (step, 2))
end
fact ("end")
facts:close ()
while true do
	sleep (60)
end

-- SPDX-FileCopyrightText: 2026 The Loadline authors
-- SPDX-License-Identifier: ISC
--
-- For Ardour 7. Ardour copies the factory alone, so that it has to hold all that it needs.
ardour {
	["type"] = "EditorAction",
	name = "Hear my mix through ...",
	author = "The Loadline authors",
	license = "ISC",
	description = [[Puts Loadline Chain with a preset behind the fader of the monitor section, or of the master bus if there is none. Run it again to take another preset, or to remove it.]]
}

function factory () return function ()
	local uri = "urn:loadline:chain"
	local title = "Hear my mix through ..."

	local function say (text)
		LuaDialog.Message (title, text, LuaDialog.MessageType.Info, LuaDialog.ButtonType.Close):run ()
	end

	local info = ARDOUR.LuaAPI.new_plugin_info (uri, ARDOUR.PluginType.LV2)
	if info:isnil () then
		return say ("Ardour does not know Loadline Chain. Install Loadline or set LV2_PATH, then start Ardour again: it looks for LV2 plugins when it starts.")
	end

	-- The first chain of a bus; nil without one.
	local function find_chain (bus)
		local n = 0
		while not bus:nth_plugin (n):isnil () and bus:nth_plugin (n):to_insert ():plugin (0):unique_id () ~= uri do
			n = n + 1
		end
		return bus:nth_plugin (n)
	end

	local monitor, master = Session:monitor_out (), Session:master_out ()
	local bus = monitor:isnil () and master or monitor
	if bus:isnil () then
		return say ("This session has neither a monitor section nor a master bus.")
	end
	local chain = find_chain (bus)
	-- Never two in a row: one on the master bus from before there was a monitor section stays the one.
	if chain:isnil () and not master:isnil () and not find_chain (master):isnil () then
		bus, chain = master, find_chain (master)
	end

	local choices = { ["(nothing: remove it)"] = 0 }
	local presets = info:get_presets ()
	for preset in presets:iter () do
		choices[preset.label] = preset.uri
	end
	local answer = LuaDialog.Dialog (title, {
		{ type = "heading", title = "On " .. bus:name () .. ": Loadline Chain with" },
		{ type = "dropdown", key = "preset", title = "Preset", values = choices, default = "Rig: HD 650, single-ended" },
	}):run ()
	if not answer then
		return
	end

	if answer.preset == 0 then
		if not chain:isnil () then
			bus:remove_processor (chain, nil, true)
		end
		return
	end
	if chain:isnil () then
		chain = ARDOUR.LuaAPI.new_plugin (Session, uri, ARDOUR.PluginType.LV2, "")
		if chain:isnil () or bus:add_processor_by_index (chain, -1, nil, true) ~= 0 then
			return say ("Ardour could not put Loadline Chain on " .. bus:name () .. ".")
		end
	end
	local plugin = chain:to_insert ():plugin (0)
	if not plugin:load_preset (plugin:preset_by_uri (answer.preset)) then
		return say ("The preset could not be loaded.")
	end
end end

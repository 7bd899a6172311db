// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// jack_player [--freewheel] [--tail=SECONDS] IN OUT FROM=TO...: plays IN into a JACK graph and
// records OUT from it, in step to the sample.
//
// It is two clients, player (out_1, out_2 ...) and recorder (in_1, in_2 ...), which begin in the
// same cycle. First it waits for the named ports and makes the connections. On standard output it
// says "playing", then "at SECONDS" for each second of IN from 0, and at the end what JACK told:
//
//   latency PORT MIN MAX    frames, of the capture latency of each TO
//   xruns COUNT             while it played
//   load MEAN MAX           the server's own figure, percent
//
// SIGINT ends the recording as if IN had ended there: after the tail.
#define _GNU_SOURCE
#include <getopt.h>
#include <jack/jack.h>
#include <math.h>
#include <semaphore.h>
#include <signal.h>
#include <sndfile.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { CHANNELS_MAX = 32, WAIT_S = 60, ANSWER_S = 20, POLLS_PER_S = 50 };

// Ports and presets come to rest before anything is heard: by the clock, and then by JACK's time,
// which runs ahead while it freewheels.
#define PREROLL_S 0.5

struct side {
    jack_client_t *client;
    jack_port_t *port[CHANNELS_MAX];
    unsigned channels;
    float *samples; // interleaved
    size_t frames;
    atomic_size_t done;
};

struct session {
    struct side player, recorder;
    atomic_bool armed;
    atomic_int_least64_t start; // in JACK's time; negative until one side has set it
    jack_nframes_t preroll;
    atomic_uint xruns;
    sem_t finished, wheel_turned;
};

static volatile sig_atomic_t interrupted;

static void interrupt(int number) {
    (void)number;
    interrupted = 1;
}

// libjack waits for the server's answer without end. So requests are made between these two.
static void expect_answer(void) {
    alarm(ANSWER_S);
}

static void answered(void) {
    alarm(0);
}

static void give_up(int number) {
    static const char line[] = "jack_player: the server does not answer\n";
    (void)number;
    _exit(write(STDERR_FILENO, line, sizeof line - 1) < 0 ? 2 : EXIT_FAILURE);
}

static void fail(const char *what, const char *name) {
    fprintf(stderr, "jack_player: %s: %s\n", name, what);
    fflush(stdout);
    exit(EXIT_FAILURE);
}

// --- In JACK's threads ---

// Both sides begin in the same cycle: whichever is armed first says when, so far ahead that the
// other has heard of it.
static bool begun(struct session *session, jack_client_t *client) {
    if (!atomic_load(&session->armed))
        return false;
    const jack_nframes_t now = jack_last_frame_time(client);
    int_least64_t unset = -1;
    atomic_compare_exchange_strong(&session->start, &unset,
                                   (int_least64_t)(jack_nframes_t)(now + session->preroll));
    return (int32_t)(now - (jack_nframes_t)atomic_load(&session->start)) >= 0;
}

static int play(jack_nframes_t count, void *context) {
    struct session *session = context;
    struct side *side = &session->player;
    const size_t left = begun(session, side->client) ? side->frames - side->done : 0;
    const size_t played = left < count ? left : count;
    for (unsigned channel = 0; channel < side->channels; channel++) {
        float *out = jack_port_get_buffer(side->port[channel], count);
        memset(out, 0, count * sizeof *out);
        for (size_t i = 0; i < played; i++)
            out[i] = side->samples[(side->done + i) * side->channels + channel];
    }
    side->done += played;
    return 0;
}

static int record(jack_nframes_t count, void *context) {
    struct session *session = context;
    struct side *side = &session->recorder;
    const size_t left = begun(session, side->client) ? side->frames - side->done : 0;
    const size_t recorded = left < count ? left : count;
    for (unsigned channel = 0; channel < side->channels; channel++) {
        const float *in = jack_port_get_buffer(side->port[channel], count);
        for (size_t i = 0; i < recorded; i++)
            side->samples[(side->done + i) * side->channels + channel] = in[i];
    }
    side->done += recorded;
    if (recorded > 0 && side->done == side->frames)
        sem_post(&session->finished);
    return 0;
}

static int note_xrun(void *context) {
    struct session *session = context;
    atomic_fetch_add(&session->xruns, 1);
    return 0;
}

static void note_freewheel(int starting, void *context) {
    struct session *session = context;
    (void)starting;
    sem_post(&session->wheel_turned);
}

// --- Setting up ---

static void read_input(struct side *player, const char *path, SF_INFO *info) {
    SNDFILE *file = sf_open(path, SFM_READ, info);
    if (!file)
        fail(sf_strerror(NULL), path);
    if (info->channels > CHANNELS_MAX)
        fail("too many channels", path);
    player->channels = (unsigned)info->channels;
    player->frames = (size_t)info->frames;
    player->samples = calloc(player->frames * player->channels, sizeof(float));
    if (!player->samples || sf_readf_float(file, player->samples, info->frames) != info->frames)
        fail("cannot be read", path);
    sf_close(file);
}

static void write_output(const struct side *recorder, const char *path, SF_INFO info) {
    info.channels = (int)recorder->channels;
    info.format = SF_FORMAT_WAV | SF_FORMAT_FLOAT;
    SNDFILE *file = sf_open(path, SFM_WRITE, &info);
    if (!file)
        fail(sf_strerror(NULL), path);
    const sf_count_t frames = (sf_count_t)recorder->done;
    if (sf_writef_float(file, recorder->samples, frames) != frames || sf_close(file) != 0)
        fail("cannot be written", path);
}

static void open_client(struct side *side, const char *name) {
    side->client = jack_client_open(name, JackNoStartServer | JackUseExactName, NULL);
    if (!side->client)
        fail("no such server, or the name is taken", name);
}

static void register_ports(struct side *side, const char *prefix, unsigned long flow) {
    for (unsigned channel = 0; channel < side->channels; channel++) {
        char name[32];
        snprintf(name, sizeof name, "%s_%u", prefix, channel + 1);
        side->port[channel] =
            jack_port_register(side->client, name, JACK_DEFAULT_AUDIO_TYPE, flow, 0);
        if (!side->port[channel])
            fail("cannot be registered", name);
    }
}

// As many inputs as the connections ask for.
static unsigned count_inputs(char *const *wires) {
    unsigned count = 0;
    for (; *wires; wires++)
        count += strstr(*wires, "=recorder:") != NULL;
    return count;
}

static void open_session(struct session *session, char *const *wires, double tail_s) {
    struct side *player = &session->player, *recorder = &session->recorder;
    sem_init(&session->finished, 0, 0);
    sem_init(&session->wheel_turned, 0, 0);
    open_client(player, "player");
    open_client(recorder, "recorder");
    recorder->channels = count_inputs(wires);
    recorder->frames =
        player->frames + (size_t)lrint(tail_s * jack_get_sample_rate(player->client));
    recorder->samples = calloc(recorder->frames * recorder->channels + 1, sizeof(float));
    if (recorder->channels > CHANNELS_MAX || !recorder->samples)
        fail("too much to record", "recorder");
    register_ports(player, "out", JackPortIsOutput);
    register_ports(recorder, "in", JackPortIsInput);
    jack_set_process_callback(player->client, play, session);
    jack_set_process_callback(recorder->client, record, session);
    jack_set_xrun_callback(recorder->client, note_xrun, session);
    jack_set_freewheel_callback(player->client, note_freewheel, session);
    if (jack_activate(player->client) != 0 || jack_activate(recorder->client) != 0)
        fail("cannot be activated", "player, recorder");
}

// A client's ports are there before it is active, and cannot be connected yet.
static void connect_when_there(jack_client_t *client, const char *from, const char *to) {
    for (int waited = 0; !jack_port_by_name(client, from) || !jack_port_by_name(client, to) ||
                         jack_connect(client, from, to) != 0;
         waited++) {
        expect_answer();
        if (waited == WAIT_S * POLLS_PER_S)
            fail(jack_port_by_name(client, from) ? to : from, "cannot be connected");
        usleep(1000000 / POLLS_PER_S);
    }
}

// FROM=TO, in place: two strings, one behind the other.
static void split(char *wire) {
    char *equals = strchr(wire, '=');
    if (!equals)
        fail("give FROM=TO", wire);
    *equals = '\0';
}

static const char *wire_end(const char *wire) {
    return wire + strlen(wire) + 1;
}

static void connect_all(jack_client_t *client, char *const *wires) {
    for (; *wires; wires++) {
        split(*wires);
        connect_when_there(client, *wires, wire_end(*wires));
    }
}

// --- Running ---

static void turn_wheel(struct session *session, int on) {
    if (jack_set_freewheel(session->player.client, on) != 0)
        fail("refused", "freewheel");
    sem_wait(&session->wheel_turned);
}

struct load {
    double sum, max;
    unsigned count;
};

static void note_load(struct load *load, double percent) {
    load->sum += percent;
    load->max = fmax(load->max, percent);
    load->count++;
}

static bool poll_finished(sem_t *finished) {
    struct timespec until;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_nsec += 1000000000 / POLLS_PER_S;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    return sem_timedwait(finished, &until) == 0;
}

static struct load run(struct session *session) {
    jack_client_t *client = session->player.client;
    const double rate_hz = jack_get_sample_rate(client);
    struct load load = {0};
    size_t end = SIZE_MAX;
    session->preroll = (jack_nframes_t)lrint(PREROLL_S * rate_hz);
    usleep((useconds_t)(PREROLL_S * 1e6));
    atomic_store(&session->start, -1);
    atomic_store(&session->xruns, 0);
    atomic_store(&session->armed, true);
    puts("playing");
    for (unsigned second = 0; !poll_finished(&session->finished) && session->recorder.done < end;) {
        if (interrupted && end == SIZE_MAX)
            end = session->recorder.done + session->recorder.frames - session->player.frames;
        note_load(&load, jack_cpu_load(client));
        for (; session->player.done > (size_t)(second * rate_hz); second++)
            printf("at %u\n", second);
    }
    return load;
}

static void report_latency(jack_client_t *client, char *const *wires) {
    for (; *wires; wires++) {
        const char *input = wire_end(*wires);
        jack_latency_range_t range;
        jack_port_get_latency_range(jack_port_by_name(client, input), JackCaptureLatency, &range);
        printf("latency %s %u %u\n", input, range.min, range.max);
    }
}

int main(int argc, char **argv) {
    static const struct option options[] = {
        {"freewheel", no_argument, NULL, 'f'}, {"tail", required_argument, NULL, 't'}, {0}};
    static struct session session;
    bool freewheel = false;
    double tail_s = 0.25;
    for (int key; (key = getopt_long(argc, argv, "", options, NULL)) != -1;) {
        if (key == '?')
            return 2;
        freewheel = freewheel || key == 'f';
        tail_s = key == 't' ? atof(optarg) : tail_s;
    }
    if (argc - optind < 2)
        fail("give IN and OUT", "arguments");
    signal(SIGINT, interrupt);
    signal(SIGALRM, give_up);
    setvbuf(stdout, NULL, _IOLBF, 0);
    char **wires = argv + optind + 2;
    SF_INFO info = {0};
    read_input(&session.player, argv[optind], &info);
    expect_answer();
    open_session(&session, wires, tail_s);
    if (jack_get_sample_rate(session.player.client) != (jack_nframes_t)info.samplerate)
        fail("not at the rate of the server", argv[optind]);
    connect_all(session.player.client, wires);
    if (freewheel)
        turn_wheel(&session, 1);
    answered();
    const struct load load = run(&session);
    expect_answer();
    if (freewheel)
        turn_wheel(&session, 0);
    report_latency(session.player.client, wires);
    printf("xruns %u\nload %.2f %.2f\n", atomic_load(&session.xruns), load.sum / load.count,
           load.max);
    jack_client_close(session.recorder.client);
    jack_client_close(session.player.client);
    answered();
    write_output(&session.recorder, argv[optind + 1], info);
    return EXIT_SUCCESS;
}

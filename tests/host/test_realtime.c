// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// run() and connect_port() neither allocate, lock, open, print nor ask for the time, and make no
// system call at all.
//
// Each case is a child process with two traps. A seccomp filter ends it at any system call but
// write() to its pipe and exit. And this executable defines the C library's functions that a
// plugin might be tempted by, so that the plugin's calls land here: while the trap is armed they
// end the child with a message, even where the library would have got away without a system call.
// Children that do wrong on purpose prove each trap.
#define _GNU_SOURCE      // RTLD_NEXT, syscall
#undef _FILE_OFFSET_BITS // which would rename open and fopen; both names are trapped below
#include "chain_host.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error "a sanitizer brings its own malloc: build the tests without test_realtime.c"
#endif

#define RATE_HZ 48000.0

enum { BLOCK = 64, BLOCKS_A_CASE = 500, WORST_FRAMES = 1024, REPORT_MAX = 256 };

// --- The trap for library calls ---

static volatile sig_atomic_t armed;
static int report_to = -1;

static _Noreturn void caught(const char *name) {
    armed = 0;
    const char text[] = "called ";
    if (write(report_to, text, sizeof text - 1) < 0 || write(report_to, name, strlen(name)) < 0)
        _exit(3);
    _exit(2);
}

static void check(const char *name) {
    if (armed)
        caught(name);
}

// The library's own parameter names are reserved.
// NOLINTBEGIN(readability-inconsistent-declaration-parameter-name)

// glibc's own names of the allocator, so that no dlsym() is needed before main().
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *memory, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);
extern void __libc_free(void *memory);

void *malloc(size_t size) {
    check("malloc");
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size) {
    check("calloc");
    return __libc_calloc(count, size);
}

void *realloc(void *memory, size_t size) {
    check("realloc");
    return __libc_realloc(memory, size);
}

void free(void *memory) {
    check("free");
    __libc_free(memory);
}

void *aligned_alloc(size_t alignment, size_t size) {
    check("aligned_alloc");
    return __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size) {
    check("posix_memalign");
    *memory = __libc_memalign(alignment, size);
    return *memory ? 0 : ENOMEM;
}

// The others pass on to the next definition, found at the first call.
#define PASS_ON(type, name, parameters, arguments)                                                 \
    type name parameters {                                                                         \
        check(#name);                                                                              \
        static type(*next) parameters;                                                             \
        if (!next)                                                                                 \
            *(void **)&next = dlsym(RTLD_NEXT, #name);                                             \
        return next arguments;                                                                     \
    }

PASS_ON(int, pthread_mutex_lock, (pthread_mutex_t * mutex), (mutex))
PASS_ON(int, pthread_mutex_trylock, (pthread_mutex_t * mutex), (mutex))
PASS_ON(int, pthread_mutex_unlock, (pthread_mutex_t * mutex), (mutex))
PASS_ON(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
        (condition, mutex))
PASS_ON(int, pthread_cond_signal, (pthread_cond_t * condition), (condition))
PASS_ON(FILE *, fopen, (const char *path, const char *mode), (path, mode))
PASS_ON(FILE *, fopen64, (const char *path, const char *mode), (path, mode))
PASS_ON(int, fclose, (FILE * file), (file))
PASS_ON(size_t, fwrite, (const void *data, size_t size, size_t count, FILE *file),
        (data, size, count, file))
PASS_ON(int, puts, (const char *text), (text))
PASS_ON(int, fputs, (const char *text, FILE *file), (text, file))
PASS_ON(int, vfprintf, (FILE * file, const char *format, va_list arguments),
        (file, format, arguments))
PASS_ON(int, vsnprintf, (char *to, size_t size, const char *format, va_list arguments),
        (to, size, format, arguments))
PASS_ON(ssize_t, read, (int file, void *data, size_t size), (file, data, size))
PASS_ON(int, close, (int file), (file))
PASS_ON(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
PASS_ON(time_t, time, (time_t * to), (to))
PASS_ON(int, nanosleep, (const struct timespec *wanted, struct timespec *left), (wanted, left))
PASS_ON(unsigned, sleep, (unsigned seconds), (seconds))
PASS_ON(int, usleep, (useconds_t useconds), (useconds))
PASS_ON(int, sched_yield, (void), ())
PASS_ON(ssize_t, getrandom, (void *to, size_t size, unsigned flags), (to, size, flags))
PASS_ON(int, rand, (void), ())
PASS_ON(char *, getenv, (const char *name), (name))
PASS_ON(double, strtod, (const char *text, char **end), (text, end))

int open(const char *path, int flags, ...) {
    check("open");
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int open64(const char *path, int flags, ...) {
    check("open64");
    va_list arguments;
    va_start(arguments, flags);
    const unsigned mode = (flags & O_CREAT) ? va_arg(arguments, unsigned) : 0;
    va_end(arguments);
    return (int)syscall(SYS_openat, AT_FDCWD, path, flags | O_LARGEFILE, mode);
}

int printf(const char *format, ...) {
    check("printf");
    va_list arguments;
    va_start(arguments, format);
    const int count = vprintf(format, arguments);
    va_end(arguments);
    return count;
}

int fprintf(FILE *file, const char *format, ...) {
    check("fprintf");
    va_list arguments;
    va_start(arguments, format);
    const int count = vfprintf(file, format, arguments);
    va_end(arguments);
    return count;
}

int snprintf(char *to, size_t size, const char *format, ...) {
    check("snprintf");
    va_list arguments;
    va_start(arguments, format);
    const int count = vsnprintf(to, size, format, arguments);
    va_end(arguments);
    return count;
}

// --- The trap for system calls ---
// NOLINTEND(readability-inconsistent-declaration-parameter-name)

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

#define ALLOW_CALL(number)                                                                         \
    BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (number), 0, 1),                                           \
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

// For good: a filter cannot be taken off again. The verdict is still allowed out.
static bool forbid_system_calls(void) {
    struct sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, MACHINE, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
        ALLOW_CALL(SYS_write),
        ALLOW_CALL(SYS_exit_group),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// --- Children ---

struct verdict {
    bool finished; // by itself, all traps silent
    bool killed_by_filter;
    char report[REPORT_MAX]; // of the library trap
};

typedef void (*deed)(void *context);

// Anything that writes but the verdict is caught by the library trap, where it is a call.
static _Noreturn void run_child(deed act, void *context) {
    if (!forbid_system_calls())
        _exit(4);
    armed = 1;
    act(context);
    armed = 0;
    _exit(0);
}

static struct verdict try_in_child(deed act, void *context) {
    int ends[2];
    struct verdict verdict = {0};
    assert_int_equal(pipe(ends), 0);
    fflush(NULL);
    report_to = ends[1];
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        run_child(act, context);
    close(ends[1]);
    size_t length = 0;
    for (ssize_t count;
         (count = read(ends[0], verdict.report + length, sizeof verdict.report - 1 - length)) > 0;)
        length += (size_t)count;
    close(ends[0]);
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    if (WIFEXITED(status) && WEXITSTATUS(status) == 4)
        fail_msg("this machine allows no seccomp filter: nothing can be shown here");
    verdict.finished = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    verdict.killed_by_filter = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    return verdict;
}

static void expect_real_time(const char *what, deed act, void *context) {
    const struct verdict verdict = try_in_child(act, context);
    if (!verdict.finished)
        fail_msg("%s: %s%s", what, verdict.report,
                 verdict.killed_by_filter ? "made a system call" : "");
}

// --- The traps themselves ---

static void *volatile kept;

static void do_nothing(void *context) {
    (void)context;
}

static void do_malloc(void *context) {
    (void)context;
    kept = malloc(16);
}

static void do_free(void *context) {
    free(context);
}

static void do_calloc(void *context) {
    (void)context;
    kept = calloc(2, 8);
}

static void do_lock(void *context) {
    pthread_mutex_lock(context);
}

static void do_fopen(void *context) {
    (void)context;
    kept = fopen("/dev/null", "r");
}

static void do_open(void *context) {
    (void)context;
    if (open("/dev/null", O_RDONLY) < 0)
        kept = NULL;
}

// No system call on most machines, but the library trap sees it.
static void do_clock(void *context) {
    (void)context;
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
}

static void do_print(void *context) {
    fprintf(stderr, "%p", context);
}

// Past the library: only the filter sees these.
static void do_getpid(void *context) {
    (void)context;
    syscall(SYS_getpid);
}

static void do_futex(void *context) {
    static int word;
    (void)context;
    syscall(SYS_futex, &word, 1, 1, NULL, NULL, 0);
}

static void do_map(void *context) {
    (void)context;
    syscall(SYS_munmap, 0, 4096);
}

static void the_traps_catch(void **state) {
    (void)state;
    static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
    void *memory = malloc(16);
    const struct {
        deed act;
        void *context;
        const char *report;
    } calls[] = {
        {do_malloc, NULL, "called malloc"},       {do_free, memory, "called free"},
        {do_calloc, NULL, "called calloc"},       {do_lock, &mutex, "called pthread_mutex_lock"},
        {do_fopen, NULL, "called fopen"},         {do_open, NULL, "called open"},
        {do_clock, NULL, "called clock_gettime"}, {do_print, NULL, "called fprintf"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct verdict verdict = try_in_child(calls[i].act, calls[i].context);
        assert_false(verdict.finished);
        assert_string_equal(verdict.report, calls[i].report);
    }
    static const deed past_the_library[] = {do_getpid, do_futex, do_map};
    for (size_t i = 0; i < sizeof past_the_library / sizeof *past_the_library; i++) {
        const struct verdict verdict = try_in_child(past_the_library[i], NULL);
        assert_false(verdict.finished);
        assert_true(verdict.killed_by_filter);
    }
    free(memory);
    assert_true(try_in_child(do_nothing, NULL).finished);
}

// Calls from the plugin's shared object land here, not in the C library: this executable is asked
// first.
static void the_plugins_calls_land_here(void **state) {
    (void)state;
    static const char *const names[] = {"malloc",   "free",  "calloc",        "aligned_alloc",
                                        "getenv",   "fopen", "clock_gettime", "pthread_mutex_lock",
                                        "getrandom"};
    Dl_info here;
    assert_true(dladdr((void *)(uintptr_t)check, &here) != 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Dl_info found;
        void *symbol = dlsym(RTLD_DEFAULT, names[i]);
        assert_non_null(symbol);
        assert_true(dladdr(symbol, &found) != 0);
        assert_ptr_equal(found.dli_fbase, here.dli_fbase);
    }
    // And the plugin does go through them: instantiating it allocates.
    struct plugin_host *host = chain_open(RATE_HZ);
    plugin_host_close(host);
}

// --- The plugin ---

// A list of what to set before which block: prepared outside, for lilv and the host may allocate.
struct step {
    uint32_t block;
    float *control;
    float value;
};

struct session {
    LilvInstance *instance;
    float in[2][WORST_FRAMES], out[2][WORST_FRAMES];
    uint32_t frames;
    uint32_t blocks;
    size_t step_count;
    struct step steps[256];
    // A port that is connected anew before each block.
    uint32_t port;
    float *other;
};

static void play_session(void *context) {
    struct session *session = context;
    size_t next = 0;
    for (uint32_t block = 0; block < session->blocks; block++) {
        for (; next < session->step_count && session->steps[next].block == block; next++)
            *session->steps[next].control = session->steps[next].value;
        for (uint32_t i = 0; i < session->frames; i++) {
            session->in[0][i] = (float)((block * 37 + i * 11) % 101) / 50.0F - 1;
            session->in[1][i] = -session->in[0][i];
        }
        if (session->other)
            lilv_instance_connect_port(session->instance, session->port, session->other);
        lilv_instance_run(session->instance, session->frames);
    }
}

// Control values in memory of the session, so that steps can write them.
struct controls {
    struct plugin_host *host;
    struct session *session;
    float value[128];
    const char *symbol[128];
    size_t count;
};

static void adopt_control(const struct plugin_host_control *control, void *context) {
    struct controls *controls = context;
    assert_true(controls->count < sizeof controls->value / sizeof *controls->value);
    float *value = &controls->value[controls->count];
    *value = (float)plugin_host_get(controls->host, control->symbol);
    controls->symbol[controls->count++] = control->symbol;
    plugin_host_connect(controls->host, control->symbol, value);
}

static void add_step(struct controls *controls, uint32_t block, const char *symbol, double value) {
    struct session *session = controls->session;
    assert_true(session->step_count < sizeof session->steps / sizeof *session->steps);
    for (size_t i = 0; i < controls->count; i++)
        if (strcmp(controls->symbol[i], symbol) == 0) {
            session->steps[session->step_count++] =
                (struct step){block, &controls->value[i], (float)value};
            return;
        }
    fail_msg("no control %s", symbol);
}

static struct session session;
static struct controls controls;

static void open_session(const char *settings, int quality, uint32_t frames) {
    memset(&session, 0, sizeof session);
    memset(&controls, 0, sizeof controls);
    controls.host = chain_open(RATE_HZ);
    controls.session = &session;
    chain_start(controls.host, settings, quality);
    plugin_host_connect(controls.host, "in_l", session.in[0]);
    plugin_host_connect(controls.host, "in_r", session.in[1]);
    plugin_host_connect(controls.host, "out_l", session.out[0]);
    plugin_host_connect(controls.host, "out_r", session.out[1]);
    plugin_host_each_control(controls.host, adopt_control, &controls);
    session.instance = plugin_host_instance(controls.host);
    session.frames = frames;
    session.blocks = BLOCKS_A_CASE;
    lilv_instance_activate(session.instance);
}

static void close_session(void) {
    lilv_instance_deactivate(session.instance);
    plugin_host_close(controls.host);
}

static void every_circuit_runs_in_real_time(void **state) {
    (void)state;
    for (size_t c = 0; c < CHAIN_CIRCUITS; c++)
        for (int quality = 0; quality < CHAIN_QUALITIES; quality++) {
            // The first run after activate(), which builds the circuit, is among them.
            open_session(chain_circuits[c].settings, quality, BLOCK);
            expect_real_time(chain_circuits[c].name, play_session, &session);
            close_session();
        }
}

// Each change is given time to be built, warmed up and faded in.
static void every_change_runs_in_real_time(void **state) {
    (void)state;
    static const char *const choices[] = {"headphone", "amplifier", "cable",   "topology",
                                          "quality",   "match",     "enabled", "freewheel"};
    for (size_t i = 0; i < sizeof choices / sizeof *choices; i++) {
        open_session("rail=2 stage_noise=10", CHAIN_NORMAL, BLOCK);
        plugin_host_set_to_maximum(controls.host, choices[i]);
        const int last = (int)plugin_host_get(controls.host, choices[i]);
        const uint32_t apart = 120; // blocks of 64 at 48 kHz: 160 ms
        for (int choice = 0; choice <= last + 1; choice++)
            add_step(&controls, (uint32_t)(choice + 1) * apart, choices[i], choice % (last + 1));
        session.blocks = (uint32_t)(last + 4) * apart;
        expect_real_time(choices[i], play_session, &session);
        close_session();
    }
}

static void sweep_one(const struct plugin_host_control *control, void *context) {
    unsigned *swept = context;
    if (!control->input)
        return;
    // The caller's host tells the ranges; the session has one of its own.
    open_session("", CHAIN_LIVE, BLOCK);
    for (uint32_t i = 0; i < 5; i++)
        add_step(&controls, 20 * i, control->symbol,
                 control->minimum + (control->maximum - control->minimum) * i / 4.0);
    add_step(&controls, 250, control->symbol, (double)NAN);
    expect_real_time(control->symbol, play_session, &session);
    close_session();
    ++*swept;
}

static void every_control_moves_in_real_time(void **state) {
    (void)state;
    unsigned swept = 0;
    struct plugin_host *host = chain_open(RATE_HZ);
    plugin_host_each_control(host, sweep_one, &swept);
    print_message("%u controls moved\n", swept);
    assert_true(swept >= 40);
    plugin_host_close(host);
}

static void any_block_length_runs_in_real_time(void **state) {
    (void)state;
    static const uint32_t lengths[] = {0, 1, 7, 1000};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        open_session("topology=2 rail=1 current_limit=20", CHAIN_HIGH, lengths[i]);
        add_step(&controls, 3, "headphone", 2);
        expect_real_time("a block length", play_session, &session);
        close_session();
    }
}

static void bad_input_runs_in_real_time(void **state) {
    (void)state;
    open_session("seed=0 stage_noise=100", CHAIN_NORMAL, BLOCK);
    add_step(&controls, 100, "seed", 5);
    static float bad[WORST_FRAMES];
    for (size_t i = 0; i < WORST_FRAMES; i++)
        bad[i] = i % 3 ? NAN : i % 2 ? 1e30F : 1e-41F;
    plugin_host_connect(controls.host, "in_l", bad);
    expect_real_time("bad input", play_session, &session);
    close_session();
}

// Ports may be connected between any two runs, on the same thread; audio ports are the first.
static void connecting_runs_in_real_time(void **state) {
    (void)state;
    static float memory[WORST_FRAMES];
    LilvNode *uri = lilv_new_uri(plugin_host_world(), CHAIN_URI);
    const uint32_t count = lilv_plugin_get_num_ports(plugin_host_plugin(CHAIN_URI));
    lilv_node_free(uri);
    for (uint32_t port = 0; port < count; port++) {
        open_session("", CHAIN_LIVE, BLOCK);
        session.blocks = 4;
        session.port = port;
        session.other = memory;
        expect_real_time("connect_port", play_session, &session);
        close_session();
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_traps_catch),
        cmocka_unit_test(the_plugins_calls_land_here),
        cmocka_unit_test(every_circuit_runs_in_real_time),
        cmocka_unit_test(every_change_runs_in_real_time),
        cmocka_unit_test(every_control_moves_in_real_time),
        cmocka_unit_test(any_block_length_runs_in_real_time),
        cmocka_unit_test(bad_input_runs_in_real_time),
        cmocka_unit_test(connecting_runs_in_real_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

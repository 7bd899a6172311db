// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// run() and connect_port() of every plugin neither allocate, lock, open, print nor ask for the
// time, and make no system call at all: with any settings, through every change, for any block.
//
// Each case is a child process with two traps. A seccomp filter ends it at any system call but
// write() to its pipe and exit. And this executable defines the C library's functions that a
// plugin might be tempted by, so that the plugin's calls land here: while the trap is armed they
// end the child with a message, even where the library would have got away without a system call.
// Only a child that says so has come to its end. Children that do wrong on purpose prove each trap.
#define _GNU_SOURCE      // RTLD_NEXT, syscall
#undef _FILE_OFFSET_BITS // which would rename open and fopen; both names are trapped below
#undef _FORTIFY_SOURCE   // which would rename printf and fread; as before
#define __NO_INLINE__ 1  // or a header defines putchar; NOLINT(bugprone-reserved-identifier)
#include "fixture.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#error "a sanitizer brings its own malloc: build the tests without test_realtime.c"
#endif

#define RATE_HZ 48000.0
#define LONG_S  12.0
#define DONE_S  0.3 // after it a change has come into force and has been faded in

enum {
    BLOCK = 64,
    BLOCKS_A_CASE = 300,   // 400 ms: a change comes into force and has been faded in
    BLOCKS_A_CHOICE = 200, // the same
    WORST_FRAMES = 8192,
    PORTS_MAX = 128,
    STEPS_MAX = 2048,
    REPORT_MAX = 256,
};

// --- The trap for library calls ---

static volatile sig_atomic_t armed;
static int report_to = -1;

static void report(const char *text) {
    if (syscall(SYS_write, report_to, text, strlen(text)) < 0)
        _exit(3);
}

static _Noreturn void caught(const char *name) {
    armed = 0;
    report("called ");
    report(name);
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
PASS_ON(int, pthread_mutex_timedlock, (pthread_mutex_t * mutex, const struct timespec *until),
        (mutex, until))
PASS_ON(int, pthread_once, (pthread_once_t * once, void (*begin)(void)), (once, begin))
PASS_ON(int, pthread_cond_wait, (pthread_cond_t * condition, pthread_mutex_t *mutex),
        (condition, mutex))
PASS_ON(int, pthread_cond_timedwait,
        (pthread_cond_t * condition, pthread_mutex_t *mutex, const struct timespec *until),
        (condition, mutex, until))
PASS_ON(int, pthread_cond_signal, (pthread_cond_t * condition), (condition))
PASS_ON(int, pthread_cond_broadcast, (pthread_cond_t * condition), (condition))
PASS_ON(int, pthread_rwlock_rdlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_wrlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_tryrdlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_trywrlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_rwlock_unlock, (pthread_rwlock_t * lock), (lock))
PASS_ON(int, pthread_spin_lock, (pthread_spinlock_t * lock), (lock))
PASS_ON(int, pthread_create,
        (pthread_t * thread, const pthread_attr_t *attributes, void *(*begin)(void *),
         void *context),
        (thread, attributes, begin, context))
PASS_ON(int, sem_wait, (sem_t * semaphore), (semaphore))
PASS_ON(int, sem_trywait, (sem_t * semaphore), (semaphore))
PASS_ON(int, sem_post, (sem_t * semaphore), (semaphore))
PASS_ON(int, mtx_lock, (mtx_t * mutex), (mutex))
PASS_ON(FILE *, fopen, (const char *path, const char *mode), (path, mode))
PASS_ON(FILE *, fopen64, (const char *path, const char *mode), (path, mode))
PASS_ON(int, fclose, (FILE * file), (file))
PASS_ON(size_t, fwrite, (const void *data, size_t size, size_t count, FILE *file),
        (data, size, count, file))
PASS_ON(size_t, fread, (void *data, size_t size, size_t count, FILE *file),
        (data, size, count, file))
PASS_ON(char *, fgets, (char *to, int size, FILE *file), (to, size, file))
PASS_ON(int, fgetc, (FILE * file), (file))
PASS_ON(int, getc, (FILE * file), (file))
PASS_ON(int, fflush, (FILE * file), (file))
PASS_ON(int, fputc, (int character, FILE *file), (character, file))
PASS_ON(int, putchar, (int character), (character))
PASS_ON(void *, mmap, (void *at, size_t size, int access, int flags, int file, off_t offset),
        (at, size, access, flags, file, offset))
PASS_ON(void *, dlopen, (const char *path, int flags), (path, flags))
PASS_ON(long, random, (void), ())
PASS_ON(int, puts, (const char *text), (text))
PASS_ON(int, fputs, (const char *text, FILE *file), (text, file))
PASS_ON(int, vfprintf, (FILE * file, const char *format, va_list arguments),
        (file, format, arguments))
PASS_ON(int, vsnprintf, (char *to, size_t size, const char *format, va_list arguments),
        (to, size, format, arguments))
PASS_ON(ssize_t, read, (int file, void *data, size_t size), (file, data, size))
PASS_ON(int, close, (int file), (file))
PASS_ON(int, clock_gettime, (clockid_t clock, struct timespec *time), (clock, time))
PASS_ON(int, gettimeofday, (struct timeval * to, void *zone), (to, zone))
PASS_ON(int, timespec_get, (struct timespec * to, int base), (to, base))
PASS_ON(time_t, time, (time_t * to), (to))
PASS_ON(int, nanosleep, (const struct timespec *wanted, struct timespec *left), (wanted, left))
PASS_ON(unsigned, sleep, (unsigned seconds), (seconds))
PASS_ON(int, usleep, (useconds_t useconds), (useconds))
PASS_ON(int, sched_yield, (void), ())
PASS_ON(ssize_t, getrandom, (void *to, size_t size, unsigned flags), (to, size, flags))
PASS_ON(int, rand, (void), ())
PASS_ON(char *, getenv, (const char *name), (name))
PASS_ON(double, strtod, (const char *text, char **end), (text, end))

ssize_t write(int file, const void *data, size_t size) {
    check("write");
    return syscall(SYS_write, file, data, size);
}

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

#define PRINTS(name, parameters, call)                                                             \
    int name parameters;                                                                           \
    int name parameters {                                                                          \
        check(#name);                                                                              \
        va_list arguments;                                                                         \
        va_start(arguments, format);                                                               \
        const int count = call;                                                                    \
        va_end(arguments);                                                                         \
        return count;                                                                              \
    }

PRINTS(printf, (const char *format, ...), vprintf(format, arguments))
PRINTS(fprintf, (FILE * file, const char *format, ...), vfprintf(file, format, arguments))
PRINTS(sprintf, (char *to, const char *format, ...), vsprintf(to, format, arguments))
PRINTS(snprintf, (char *to, size_t size, const char *format, ...),
       vsnprintf(to, size, format, arguments))

// What they are in a plugin that is built with _FORTIFY_SOURCE.
PRINTS(__printf_chk, (int flag, const char *format, ...), ((void)flag, vprintf(format, arguments)))
PRINTS(__fprintf_chk, (FILE * file, int flag, const char *format, ...),
       ((void)flag, vfprintf(file, format, arguments)))
PRINTS(__sprintf_chk, (char *to, int flag, size_t room, const char *format, ...),
       ((void)flag, vsnprintf(to, room, format, arguments)))
PRINTS(__snprintf_chk, (char *to, size_t size, int flag, size_t room, const char *format, ...),
       ((void)flag, vsnprintf(to, size < room ? size : room, format, arguments)))

#define PASS_ON_CHECKED(type, name, parameters, arguments)                                         \
    type name parameters;                                                                          \
    PASS_ON(type, name, parameters, arguments)

PASS_ON_CHECKED(size_t, __fread_chk,
                (void *data, size_t room, size_t size, size_t count, FILE *file),
                (data, room, size, count, file))
PASS_ON_CHECKED(char *, __fgets_chk, (char *to, size_t room, int size, FILE *file),
                (to, room, size, file))
PASS_ON_CHECKED(ssize_t, __read_chk, (int file, void *data, size_t size, size_t room),
                (file, data, size, room))
PASS_ON_CHECKED(int, __vfprintf_chk, (FILE * file, int flag, const char *format, va_list arguments),
                (file, flag, format, arguments))
PASS_ON_CHECKED(int, __vsnprintf_chk,
                (char *to, size_t size, int flag, size_t room, const char *format,
                 va_list arguments),
                (to, size, flag, room, format, arguments))

// NOLINTEND(readability-inconsistent-declaration-parameter-name)

// --- The trap for system calls ---

#ifdef __x86_64__
#define MACHINE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define MACHINE AUDIT_ARCH_AARCH64
#else
#error "name this machine's AUDIT_ARCH"
#endif

#define LOAD(field) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, field))
#define VERDICT(is) BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_##is)
// Past so many statements, unless what is loaded is that.
#define UNLESS(value, past) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (value), 0, (past))

// For good: a filter cannot be taken off again. The verdict is still allowed out. (A descriptor is
// the lower half of its argument, which both machines keep first.)
static bool forbid_system_calls(void) {
    struct sock_filter filter[] = {
        LOAD(arch),     UNLESS(MACHINE, 7),    LOAD(nr),      UNLESS(SYS_exit_group, 1),
        VERDICT(ALLOW), UNLESS(SYS_write, 3),  LOAD(args[0]), UNLESS((unsigned)report_to, 1),
        VERDICT(ALLOW), VERDICT(KILL_PROCESS),
    };
    const struct sock_fprog program = {sizeof filter / sizeof *filter, filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

// --- Children ---

struct verdict {
    bool finished; // all there was to do, all traps silent
    bool killed_by_filter;
    char report[REPORT_MAX]; // of the library trap, or DONE
};

#define DONE "done"

typedef void (*deed)(void *context);

// Anything that writes but the verdict is caught by the library trap, where it is a call.
static _Noreturn void run_child(deed act, void *context) {
    if (!forbid_system_calls())
        _exit(4);
    armed = 1;
    act(context);
    armed = 0;
    report(DONE);
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
    verdict.finished =
        WIFEXITED(status) && WEXITSTATUS(status) == 0 && strcmp(verdict.report, DONE) == 0;
    verdict.killed_by_filter = WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS;
    return verdict;
}

static void expect_real_time(const char *what, deed act, void *context) {
    const struct verdict verdict = try_in_child(act, context);
    if (!verdict.finished)
        fail_msg("%s: %s%s", what, verdict.report,
                 verdict.killed_by_filter ? "made a system call"
                 : *verdict.report        ? ""
                                          : "ended the process");
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

static void do_gettimeofday(void *context) {
    (void)context;
    struct timeval time;
    gettimeofday(&time, NULL);
}

static void do_timespec_get(void *context) {
    (void)context;
    struct timespec time;
    timespec_get(&time, TIME_UTC);
}

static void do_once(void *context) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    (void)context;
    pthread_once(&once, tzset);
}

static void do_try_read(void *context) {
    static pthread_rwlock_t lock = PTHREAD_RWLOCK_INITIALIZER;
    (void)context;
    pthread_rwlock_tryrdlock(&lock);
}

static void do_print(void *context) {
    fprintf(stderr, "%p", context);
}

static void do_checked_read(void *context) {
    char text[REPORT_MAX];
    if (__fread_chk(text, sizeof text, 1, 1, context) != 1)
        kept = NULL;
}

static void do_fgets(void *context) {
    char text[REPORT_MAX];
    if (!fgets(text, sizeof text, context))
        kept = NULL;
}

static void do_write(void *context) {
    if (write(STDERR_FILENO, "", 0) < 0)
        kept = context;
}

// Past the library: only the filter sees these.
static void do_raw_write(void *context) {
    (void)context;
    syscall(SYS_write, STDERR_FILENO, "", 0);
}

static void do_dprintf(void *context) {
    dprintf(STDERR_FILENO, "%p", context);
}

static void do_perror(void *context) {
    perror(context);
}

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

// No trap sees these, for a child may well end; but it has not come to its end.
static void do_exit(void *context) {
    (void)context;
    _Exit(0);
}

static void do_quick_exit(void *context) {
    (void)context;
    quick_exit(0);
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
        {do_malloc, NULL, "called malloc"},
        {do_free, memory, "called free"},
        {do_calloc, NULL, "called calloc"},
        {do_lock, &mutex, "called pthread_mutex_lock"},
        {do_try_read, NULL, "called pthread_rwlock_tryrdlock"},
        {do_once, NULL, "called pthread_once"},
        {do_fopen, NULL, "called fopen"},
        {do_fgets, stdin, "called fgets"},
        {do_open, NULL, "called open"},
        {do_write, NULL, "called write"},
        {do_clock, NULL, "called clock_gettime"},
        {do_gettimeofday, NULL, "called gettimeofday"},
        {do_timespec_get, NULL, "called timespec_get"},
        {do_print, NULL, "called fprintf"},
        {do_checked_read, stdin, "called __fread_chk"},
    };
    for (size_t i = 0; i < sizeof calls / sizeof *calls; i++) {
        const struct verdict verdict = try_in_child(calls[i].act, calls[i].context);
        assert_false(verdict.finished);
        assert_string_equal(verdict.report, calls[i].report);
    }
    static const deed past_the_library[] = {do_getpid,    do_futex,   do_map,
                                            do_raw_write, do_dprintf, do_perror};
    for (size_t i = 0; i < sizeof past_the_library / sizeof *past_the_library; i++) {
        const struct verdict verdict = try_in_child(past_the_library[i], NULL);
        assert_false(verdict.finished);
        assert_true(verdict.killed_by_filter);
    }
    assert_false(try_in_child(do_exit, NULL).finished);
    assert_false(try_in_child(do_quick_exit, NULL).finished);
    free(memory);
    assert_true(try_in_child(do_nothing, NULL).finished);
}

// Calls from the plugin's shared object land here, not in the C library: this executable is asked
// first.
static void calls_land_here(void **state) {
    (void)state;
    static const char *const names[] = {"malloc",    "free",  "calloc",        "aligned_alloc",
                                        "getenv",    "fopen", "clock_gettime", "pthread_mutex_lock",
                                        "getrandom", "write", "gettimeofday",  "__snprintf_chk"};
    Dl_info here;
    assert_true(dladdr((void *)(uintptr_t)check, &here) != 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Dl_info found;
        void *symbol = dlsym(RTLD_DEFAULT, names[i]);
        assert_non_null(symbol);
        assert_true(dladdr(symbol, &found) != 0);
        assert_ptr_equal(found.dli_fbase, here.dli_fbase);
    }
}

// --- The plugin ---

// What to set before which block: prepared outside, for lilv and the host may allocate.
struct step {
    uint32_t block;
    uint32_t port;
    float value;
};

static struct session {
    struct plugin_host *host;
    LilvInstance *instance;
    unsigned inputs;
    float in[TRACKS_MAX][WORST_FRAMES], out[TRACKS_MAX][WORST_FRAMES];
    float control[PORTS_MAX];
    uint32_t frames;
    uint32_t blocks;
    size_t step_count;
    struct step steps[STEPS_MAX];
    bool bad_input;
    // What a port is connected to before each block in turn.
    uint32_t port;
    void *places[3];
} session;

static void fill_inputs(uint32_t block) {
    for (unsigned c = 0; c < session.inputs; c++)
        for (uint32_t i = 0; i < session.frames; i++)
            session.in[c][i] = session.bad_input
                                   ? i % 3   ? NAN
                                     : i % 2 ? 1e30F
                                             : 1e-41F
                                   : (float)((block * 37 + i * (11 + c)) % 101) / 50.0F - 1;
}

static void play_session(void *context) {
    (void)context;
    size_t next = 0;
    for (uint32_t block = 0; block < session.blocks; block++) {
        for (; next < session.step_count && session.steps[next].block == block; next++)
            session.control[session.steps[next].port] = session.steps[next].value;
        fill_inputs(block);
        if (session.port != UINT32_MAX)
            lilv_instance_connect_port(session.instance, session.port, session.places[block % 3]);
        lilv_instance_run(session.instance, session.frames);
    }
}

static void add_step(uint32_t block, const struct plugin_host_port *port, double value) {
    assert_true(session.step_count < STEPS_MAX);
    session.steps[session.step_count++] = (struct step){block, port->index, (float)value};
}

static void add_random_step(uint32_t block, struct splitmix *random) {
    const struct plugin_host_port *port = automation_port(session.host, random);
    add_step(block, port, automation_value(port, random));
}

static void connect_all(void) {
    unsigned outputs = 0;
    for (uint32_t i = 0; i < plugin_host_port_count(session.host); i++) {
        const struct plugin_host_port *port = plugin_host_port(session.host, i);
        if (port->control)
            session.control[i] = (float)plugin_host_get(session.host, port->symbol);
        plugin_host_connect_port(session.host, i,
                                 port->control ? &session.control[i]
                                 : port->input ? session.in[session.inputs++]
                                               : session.out[outputs++]);
    }
}

static uint32_t blocks_of(double seconds) {
    return 1 + (uint32_t)(seconds * plugin_host_rate_hz(session.host) / session.frames);
}

static void open_session_at(double rate_hz, const struct scene *scene, uint32_t frames) {
    memset(&session, 0, sizeof session);
    session.host = fixture_open(rate_hz);
    session.instance = plugin_host_instance(session.host);
    session.frames = frames;
    session.blocks = BLOCKS_A_CASE;
    session.port = UINT32_MAX;
    assert_true(plugin_host_port_count(session.host) <= PORTS_MAX);
    if (scene)
        scene_start(session.host, scene);
    connect_all();
    lilv_instance_activate(session.instance);
}

static void open_session(const struct scene *scene, uint32_t frames) {
    open_session_at(RATE_HZ, scene, frames);
}

static void close_session(void) {
    lilv_instance_deactivate(session.instance);
    plugin_host_close(session.host);
}

static const struct plugin_host_port *port_at(uint32_t index) {
    return plugin_host_port(session.host, index);
}

static uint32_t port_count(void) {
    const LilvPlugin *plugin = plugin_host_plugin(fixture_uri());
    return lilv_plugin_get_num_ports(plugin);
}

// The first run after activate(), which may have much to build, is among them.
static void every_scene_runs_in_real_time(void **state) {
    (void)state;
    struct scene scenes[SCENES_MAX];
    struct plugin_host *host = fixture_open(RATE_HZ);
    const size_t count = scenes_of(host, scenes);
    plugin_host_close(host);
    for (size_t i = 0; i < count; i++) {
        open_session(&scenes[i], BLOCK);
        expect_real_time(scene_text(&scenes[i]), play_session, NULL);
        close_session();
    }
}

// Every device and every switch, each given time to come into force, there and back.
static void every_choice_runs_in_real_time(void **state) {
    (void)state;
    for (uint32_t i = 0; i < port_count(); i++) {
        open_session(NULL, BLOCK);
        const struct plugin_host_port *port = port_at(i);
        if (port->control && port->input && port->whole && !scene_is_seed(port)) {
            const int first = (int)port->minimum;
            const int last = (int)fmin(port->maximum, port->minimum + 100);
            for (int choice = first; choice <= last + 1; choice++)
                add_step((uint32_t)(choice - first) * BLOCKS_A_CHOICE, port,
                         choice > last ? first : choice);
            session.blocks = (uint32_t)(last - first + 3) * BLOCKS_A_CHOICE;
            expect_real_time(port->symbol, play_session, NULL);
        }
        close_session();
    }
}

static void every_control_moves_in_real_time(void **state) {
    (void)state;
    for (uint32_t i = 0; i < port_count(); i++) {
        open_session(NULL, BLOCK);
        const struct plugin_host_port *port = port_at(i);
        if (port->control && port->input) {
            for (uint32_t k = 0; k < 5; k++)
                add_step(5 * k, port, port->minimum + (port->maximum - port->minimum) * k / 4.0);
            add_step(30, port, (double)NAN);
            add_step(40, port, 1e30);
            add_step(50, port, -(double)INFINITY);
            expect_real_time(port->symbol, play_session, NULL);
        }
        close_session();
    }
}

// Some controls at once, three times, each heard out: what comes into force while sound runs is
// built, warmed up and faded in, in every mode and at every rate.
static void changes_in_any_scene_run_in_real_time(void **state) {
    (void)state;
    for (struct fixture_cell cell = fixture_grid(); fixture_next(&cell);) {
        struct splitmix random = {cell.number};
        open_session_at(plugin_host_rate_hz(cell.host), cell.scene, BLOCK);
        for (unsigned change = 1; change <= 3; change++)
            for (unsigned i = 0; i < 3; i++)
                add_random_step(change * blocks_of(DONE_S), &random);
        session.blocks = 4 * blocks_of(DONE_S);
        expect_real_time(scene_text(cell.scene), play_session, NULL);
        close_session();
    }
}

// What listens for some seconds before it acts is heard out.
static void every_switch_has_its_time(void **state) {
    (void)state;
    for (uint32_t i = 0; i < port_count(); i++) {
        open_session(NULL, BLOCK);
        const struct plugin_host_port *port = port_at(i);
        if (port->control && port->input && port->whole && port->maximum - port->minimum == 1) {
            session.blocks = blocks_of(LONG_S);
            add_step(20, port, port->maximum);
            add_step(session.blocks - 20, port, port->minimum);
            expect_real_time(port->symbol, play_session, NULL);
        }
        close_session();
    }
}

// Anything changes at any time, buttons are pressed, and the blocks are as long as they like.
static void any_block_length_runs_in_real_time(void **state) {
    (void)state;
    static const uint32_t lengths[] = {0, 1, 7, BLOCK, 1000, 8192};
    for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
        open_session(NULL, lengths[i]);
        const uint32_t busy = lengths[i] < 1000 ? 1500 : 40;
        struct splitmix random = {i};
        for (uint32_t block = 0; block < busy; block += 1 + busy / 300)
            add_random_step(block, &random);
        session.blocks = busy + (lengths[i] > 0 ? blocks_of(DONE_S) : 0);
        expect_real_time("a block length", play_session, NULL);
        close_session();
    }
}

static void bad_input_runs_in_real_time(void **state) {
    (void)state;
    for (uint32_t i = 0; i < port_count(); i++) {
        open_session(NULL, BLOCK);
        const struct plugin_host_port *port = port_at(i);
        session.bad_input = true;
        if (port->control && port->input) {
            add_step(20, port, port->maximum);
            expect_real_time("bad input", play_session, NULL);
        }
        close_session();
    }
}

// Ports may be connected between any two runs, on the same thread, or to nothing.
static void connecting_runs_in_real_time(void **state) {
    (void)state;
    static float other[WORST_FRAMES];
    for (uint32_t i = 0; i < port_count(); i++) {
        open_session(NULL, BLOCK);
        session.blocks = 12;
        session.port = i;
        session.places[0] = other;
        session.places[2] = &session.control[i];
        if (port_at(i)->audio)
            session.places[2] = session.in[0];
        expect_real_time("connect_port", play_session, NULL);
        close_session();
    }
}

int main(void) {
    const struct CMUnitTest traps[] = {
        cmocka_unit_test(the_traps_catch),
        cmocka_unit_test(calls_land_here),
    };
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_scene_runs_in_real_time),
        cmocka_unit_test(every_choice_runs_in_real_time),
        cmocka_unit_test(every_control_moves_in_real_time),
        cmocka_unit_test(changes_in_any_scene_run_in_real_time),
        cmocka_unit_test(every_switch_has_its_time),
        cmocka_unit_test(any_block_length_runs_in_real_time),
        cmocka_unit_test(bad_input_runs_in_real_time),
        cmocka_unit_test(connecting_runs_in_real_time),
    };
    return cmocka_run_group_tests_name("traps", traps, NULL, NULL) + fixture_run(tests);
}

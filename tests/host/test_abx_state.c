// SPDX-FileCopyrightText: 2026 The Loadline authors
// SPDX-License-Identifier: ISC
//
// What of a blind test is saved, through lilv as hosts do it: the counts, and nothing that tells.
#include "abx_host.h"
#include "host_features.h"

#include <lv2/atom/atom.h>
#include <lv2/state/state.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PREFIX "urn:loadline:abx#"

static const char *const keys[] = {PREFIX "trials", PREFIX "planned_trials", PREFIX "sealed"};

enum { KEYS = sizeof keys / sizeof *keys };

// --- As lilv saves it ---

static LilvState *take(struct plugin_host *host) {
    LilvState *state = lilv_state_new_from_instance(
        plugin_host_plugin(ABX_URI), plugin_host_instance(host), features_map(), NULL, NULL, NULL,
        NULL, NULL, NULL, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE, NULL);
    assert_non_null(state);
    return state;
}

// To Turtle and back, as through a session file.
static LilvState *through_text(LilvState *state) {
    char *text = lilv_state_to_string(plugin_host_world(), features_map(), features_unmap(), state,
                                      "urn:loadline:test", NULL);
    assert_non_null(text);
    LilvState *again = lilv_state_new_from_string(plugin_host_world(), features_map(), text);
    assert_non_null(again);
    lilv_free(text);
    lilv_state_free(state);
    return again;
}

static void give(LilvState *state, struct plugin_host *host) {
    lilv_state_restore(state, plugin_host_instance(host), NULL, NULL, 0, NULL);
    lilv_state_free(state);
}

static void answer(struct plugin_host *host, int count) {
    for (int i = 0; i < count; i++)
        abx_press(host, "answer_a");
}

static void counts_survive_save_and_restore(void **state) {
    (void)state;
    for (int active = 0; active < 2; active++) {
        struct plugin_host *host = abx_open();
        struct plugin_host *other = abx_open();
        plugin_host_set(host, "seed", 5);
        plugin_host_set(other, "seed", 5);
        plugin_host_set(host, "planned_trials", 10);
        plugin_host_run(host, 64);
        answer(host, 7);
        if (active) // else before activate()
            plugin_host_run(other, 64);
        give(through_text(take(host)), other);
        plugin_host_run(other, 64);
        assert_true(plugin_host_get(other, "trials") == 7);
        assert_true(plugin_host_get(other, "correct") == 0);
        // The plan of 10 came along: three more, and it tells.
        answer(host, 3);
        answer(other, 3);
        assert_true(plugin_host_get(other, "trials") == 10);
        assert_true(plugin_host_get(other, "p_value") > 0);
        // A saved end is still an end.
        const double correct = plugin_host_get(host, "correct");
        const double p_value = plugin_host_get(host, "p_value");
        give(through_text(take(host)), other);
        plugin_host_run(other, 64);
        assert_true(plugin_host_get(other, "correct") == correct);
        assert_true(plugin_host_get(other, "p_value") == p_value);
        plugin_host_close(host);
        plugin_host_close(other);
    }
}

// Right answers of before are counted after, with the right answers known by ear.
static void right_answers_survive(void **state) {
    (void)state;
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 0.5F);
    for (int right = 0; right <= 16; right++) {
        struct plugin_host *host = abx_open();
        abx_play(host, &signs, signs.a.frames, 512);
        for (int i = 0; i < 16; i++) {
            const bool is_b = abx_x_is_b(host, &signs) == (i < right);
            abx_press(host, is_b ? "answer_b" : "answer_a");
            give(through_text(take(host)), host);
        }
        plugin_host_run(host, 64);
        assert_int_equal((int)plugin_host_get(host, "correct"), right);
        plugin_host_close(host);
        signs.at = 0;
    }
    abx_sound_free(&signs);
}

static void a_trigger_that_is_up_at_restore_was_not_pulled(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    plugin_host_run(host, 64);
    answer(host, 2);
    LilvState *saved = take(host);
    plugin_host_set_all(host, "answer_a=1 reset=1");
    give(saved, host);
    plugin_host_run(host, 64);
    assert_true(plugin_host_get(host, "trials") == 2);
    plugin_host_close(host);
}

// Nothing of a running test but its counts: the next X is drawn anew.
static void x_is_not_saved(void **state) {
    (void)state;
    enum { TIMES = 400 };
    struct abx_sound signs = abx_sound_signs((size_t)2 * ABX_LATENCY, 0.5F);
    struct plugin_host *host = abx_open();
    abx_play(host, &signs, signs.a.frames, 512);
    int changes = 0;
    bool last = abx_x_is_b(host, &signs);
    LilvState *saved = take(host);
    for (int i = 0; i < TIMES; i++) {
        lilv_state_restore(saved, plugin_host_instance(host), NULL, NULL, 0, NULL);
        const bool now = abx_x_is_b(host, &signs);
        changes += now != last;
        last = now;
    }
    assert_true(fabs(changes - TIMES / 2.0) < 6 * sqrt(TIMES / 4.0));
    lilv_state_free(saved);
    plugin_host_close(host);
    abx_sound_free(&signs);
}

// --- What there is to read ---

struct seen {
    int32_t trials, planned_trials;
    int64_t sealed;
    int count;
};

static LV2_State_Status see(LV2_State_Handle handle, uint32_t key, const void *value, size_t size,
                            uint32_t type, uint32_t flags) {
    struct seen *seen = handle;
    seen->count++;
    assert_int_equal(flags, LV2_STATE_IS_POD | LV2_STATE_IS_PORTABLE);
    if (key == features_urid(keys[0]) || key == features_urid(keys[1])) {
        assert_int_equal(type, features_urid(LV2_ATOM__Int));
        assert_int_equal(size, sizeof seen->trials);
        memcpy(key == features_urid(keys[0]) ? &seen->trials : &seen->planned_trials, value, size);
    } else {
        assert_int_equal(key, features_urid(keys[2]));
        assert_int_equal(type, features_urid(LV2_ATOM__Long));
        assert_int_equal(size, sizeof seen->sealed);
        memcpy(&seen->sealed, value, size);
    }
    return LV2_STATE_SUCCESS;
}

static const LV2_State_Interface *interface_of(struct plugin_host *host) {
    return lilv_instance_get_extension_data(plugin_host_instance(host), LV2_STATE__interface);
}

static struct seen look(struct plugin_host *host) {
    struct seen seen = {0};
    LV2_Handle handle = lilv_instance_get_handle(plugin_host_instance(host));
    assert_int_equal(interface_of(host)->save(handle, see, &seen, 0, NULL), LV2_STATE_SUCCESS);
    assert_int_equal(seen.count, KEYS);
    return seen;
}

// Two instances with the same answers, of which all are right in one and wrong in the other, and
// whose X differ: no bit of what is saved goes with that.
static void what_is_saved_does_not_tell(void **state) {
    (void)state;
    enum { SAVES = 2000, BITS = 64 };
    int ones[2][BITS] = {{0}};
    const int seeds[2] = {abx_seed(1, false), abx_seed(1, true)};
    for (int which = 0; which < 2; which++) {
        struct plugin_host *host = abx_open();
        plugin_host_set(host, "seed", seeds[which]);
        plugin_host_run(host, 64);
        answer(host, 1); // "A": right, then wrong
        for (int i = 0; i < SAVES; i++) {
            const struct seen seen = look(host);
            assert_int_equal(seen.trials, 1);
            assert_int_equal(seen.planned_trials, 16);
            for (int bit = 0; bit < BITS; bit++)
                ones[which][bit] += (int)((uint64_t)seen.sealed >> bit & 1);
        }
        plugin_host_close(host);
    }
    for (int bit = 0; bit < BITS; bit++)
        assert_true(abs(ones[0][bit] - ones[1][bit]) < 6 * sqrt(SAVES / 2.0));
}

// --- Hostile hosts ---

// What retrieve() answers for each key.
struct answer {
    const void *value;
    size_t size;
    const char *type;
};

static const void *retrieve(LV2_State_Handle handle, uint32_t key, size_t *size, uint32_t *type,
                            uint32_t *flags) {
    const struct answer *answers = handle;
    for (int i = 0; i < KEYS; i++) {
        if (key != features_urid(keys[i]) || !answers[i].value)
            continue;
        *size = answers[i].size;
        *type = features_urid(answers[i].type);
        *flags = LV2_STATE_IS_POD;
        return answers[i].value;
    }
    return NULL;
}

static void restore(struct plugin_host *host, const struct answer answers[KEYS]) {
    LV2_Handle handle = lilv_instance_get_handle(plugin_host_instance(host));
    interface_of(host)->restore(handle, retrieve, (void *)(uintptr_t)answers, 0, NULL);
    plugin_host_run(host, 64);
}

static void check_refused(struct plugin_host *host, const struct answer answers[KEYS]) {
    answer(host, 3);
    restore(host, answers);
    assert_true(plugin_host_get(host, "trials") == 0);
    assert_true(plugin_host_get(host, "correct") == 0);
    assert_true(plugin_host_get(host, "p_value") == 0);
    answer(host, 1); // and goes on as ever
    assert_true(plugin_host_get(host, "trials") == 1);
}

static void a_false_state_begins_a_new_test(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    plugin_host_run(host, 64);
    answer(host, 6);
    const struct seen good = look(host);
    static const int32_t false_counts[] = {-1, 17, 1000000, INT32_MIN, 5, 7};
    for (size_t i = 0; i < sizeof false_counts / sizeof *false_counts; i++) {
        const struct answer trials[KEYS] = {
            {&false_counts[i], sizeof(int32_t), LV2_ATOM__Int},
            {&good.planned_trials, sizeof good.planned_trials, LV2_ATOM__Int},
            {&good.sealed, sizeof good.sealed, LV2_ATOM__Long},
        };
        const struct answer planned[KEYS] = {
            {&good.trials, sizeof good.trials, LV2_ATOM__Int},
            {&false_counts[i], sizeof(int32_t), LV2_ATOM__Int},
            {&good.sealed, sizeof good.sealed, LV2_ATOM__Long},
        };
        check_refused(host, trials);
        check_refused(host, planned);
    }
    for (int i = 0; i < KEYS; i++) {
        const struct answer whole[KEYS] = {
            {&good.trials, sizeof good.trials, LV2_ATOM__Int},
            {&good.planned_trials, sizeof good.planned_trials, LV2_ATOM__Int},
            {&good.sealed, sizeof good.sealed, LV2_ATOM__Long},
        };
        struct answer broken[KEYS];
        memcpy(broken, whole, sizeof broken);
        broken[i].value = NULL; // missing
        check_refused(host, broken);
        memcpy(broken, whole, sizeof broken);
        broken[i].type = LV2_ATOM__Float;
        check_refused(host, broken);
        memcpy(broken, whole, sizeof broken);
        broken[i].size = 1;
        check_refused(host, broken);
        restore(host, whole);
        assert_true(plugin_host_get(host, "trials") == 6);
    }
    plugin_host_close(host);
}

static LV2_State_Status refuse(LV2_State_Handle handle, uint32_t key, const void *value,
                               size_t size, uint32_t type, uint32_t flags) {
    (void)handle, (void)key, (void)value, (void)size, (void)type, (void)flags;
    return LV2_STATE_ERR_NO_SPACE;
}

static void a_host_that_does_not_store_is_told(void **state) {
    (void)state;
    struct plugin_host *host = abx_open();
    LV2_Handle handle = lilv_instance_get_handle(plugin_host_instance(host));
    assert_int_equal(interface_of(host)->save(handle, refuse, NULL, 0, NULL),
                     LV2_STATE_ERR_NO_SPACE);
    plugin_host_close(host);
}

static void without_uris_there_is_no_state(void **state) {
    (void)state;
    struct plugin_host *host = plugin_host_open(ABX_URI, ABX_RATE_HZ, PLUGIN_HOST_NO_FEATURES);
    LV2_Handle handle = lilv_instance_get_handle(plugin_host_instance(host));
    const struct answer nothing[KEYS] = {{NULL, 0, NULL}};
    plugin_host_run(host, 64);
    answer(host, 3);
    assert_int_equal(interface_of(host)->save(handle, refuse, NULL, 0, NULL),
                     LV2_STATE_ERR_NO_FEATURE);
    restore(host, nothing);
    assert_true(plugin_host_get(host, "trials") == 3);
    plugin_host_close(host);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_survive_save_and_restore),
        cmocka_unit_test(right_answers_survive),
        cmocka_unit_test(a_trigger_that_is_up_at_restore_was_not_pulled),
        cmocka_unit_test(x_is_not_saved),
        cmocka_unit_test(what_is_saved_does_not_tell),
        cmocka_unit_test(a_false_state_begins_a_new_test),
        cmocka_unit_test(a_host_that_does_not_store_is_told),
        cmocka_unit_test(without_uris_there_is_no_state),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* The network in whole numbers, and the events drawn of it, many at a time: see worker/integer_kernel.py.
 *
 * What is computed here is what model/integer_network.py, worker/plain_kernel.py and model/sampling/ say, to
 * the last bit: products are exact integers, and every other operation is one of IEEE 754 in the same order
 * (so: no -ffast-math, and no multiplication and addition in one). Nothing here is allocated, kept or locked.
 */
#include <stdint.h>
#include <string.h>

/* Built with -DANY_PROCESSOR there is nothing in it for one kind of processor: tests compare the two. */
#if defined(__x86_64__) && defined(__linux__) && !defined(ANY_PROCESSOR)
#include <immintrin.h>
#define HAS_AVX2_TWIN 1
/* One function for each kind of processor; the loader chooses. */
#define FOR_EACH_PROCESSOR __attribute__((target_clones("avx2", "default")))
#else
#define FOR_EACH_PROCESSOR
#endif

enum { PITCHES = 128, LARGEST_VOCABULARY = 512 };

/* What model/events.py and model/sampling/constraints.py define; Python fills it in. */
typedef struct {
    int32_t vocabulary, note_on, note_off, time_shift, velocity, start, end;
    int32_t max_shift, lowest_key, highest_key, longest_note, largest_polyphony, longest_silence;
    int32_t earliest_end, latest_onset, latest_end, last_onset, short_rest;
} Rules;

typedef struct {
    int32_t outputs;   /* a multiple of 32 */
    int32_t bytes;     /* of hidden states, a multiple of 4 */
    int32_t inputs;    /* 0: sees neither keyboard nor controls */
    int32_t constants; /* 1: sees no event */
    const int8_t *weights; /* (outputs / 8, bytes / 4, 8, 4) */
    const int8_t *of_inputs; /* (inputs, outputs) */
    const float *scales; /* (outputs,) */
    const float *constant; /* (constants, outputs) */
} Product;

typedef struct {
    int32_t layers, hidden, padded, features;
    int32_t time_left_first, time_left_width, time_left_steps, largest_age;
    const Product *products; /* layers, then the output */
    const uint8_t *time_left; /* (steps, width): what is told of so many steps that are left */
    const uint8_t *age_bytes; /* (largest_age + 1,) */
    Rules rules;
} Network;

/* A piece while it is gone on with; worker/integer_kernel.py names the fields. */
typedef struct {
    int32_t slots[2]; /* of what it is told, and, if it is guided, of everything left open; else -1 */
    int32_t now, end, closing, pause;
    int32_t previous, silent_since; /* -1: nothing has sounded yet */
    int32_t forced, limit, count, is_stopped;
    int32_t onsets[PITCHES]; /* -1: silent */
    uint64_t random;
    int64_t step;
    double temperature, top_p;
    float guidance, closing_guidance;
} Row;

/* Where rows are read from and written to; each array has an entry for each row unless another is named. */
typedef struct {
    int32_t rows, most_events;
    Row *row;
    const uint8_t *features; /* (rows, features) */
    uint8_t *hidden; /* (slots, layers * padded) */
    float *cell; /* (slots, layers, hidden) */
    int32_t *told; /* (rows, outputs of the first layer and of the output) */
    int32_t *sums; /* (2 * rows, the most outputs) */
    float *gates; /* (5 * hidden,): of the row at hand */
    float *logits; /* (2 * rows, outputs of the output) */
    float *led; /* (rows, outputs of the output): guided */
    int16_t *events; /* (rows, most_events) */
    double *surplus; /* (rows, most_events): the logit less the largest one, unguided */
    double *mass; /* (rows, most_events): the sum of the exponentials of all such */
} Batch;

/* Products -------------------------------------------------------------------------------------------------- */

enum { LANES = 8, DEPTH = 4 }; /* outputs and bytes of a block of weights, which lie in memory as they are read */

typedef struct {
    const uint8_t *state;
    int32_t *sum;
} Operand;

static void products_anywhere(const Product *product, const Operand *operand, int count) {
    const int depths = product->bytes / DEPTH;
    for (int first = 0; first < product->outputs; first += LANES) {
        for (int place = 0; place < count; place++) {
            const int8_t *weight = product->weights + (size_t)first * product->bytes;
            const uint8_t *state = operand[place].state;
            int32_t sum[LANES] = {0};
            for (int depth = 0; depth < depths; depth++, weight += LANES * DEPTH, state += DEPTH) {
                for (int lane = 0; lane < LANES; lane++) {
                    for (int k = 0; k < DEPTH; k++) sum[lane] += weight[lane * DEPTH + k] * state[k];
                }
            }
            for (int lane = 0; lane < LANES; lane++) operand[place].sum[first + lane] += sum[lane];
        }
    }
}

#ifdef HAS_AVX2_TWIN
#define AVX2 __attribute__((target("avx2")))
#define AVX2_INLINE __attribute__((target("avx2"), always_inline)) static inline

/* 32 products more. Neighbours are added in 16 bits, which model/quantization.py sees to it that they fit. */
AVX2_INLINE __m256i more(__m256i sum, __m256i state, __m256i weight) {
    const __m256i pairs = _mm256_maddubs_epi16(state, weight);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

AVX2_INLINE __m256i at(const void *place) { return _mm256_loadu_si256((const __m256i *)place); }

AVX2_INLINE __m256i spread(const uint8_t *four) {
    int32_t word;
    memcpy(&word, four, sizeof(word));
    return _mm256_set1_epi32(word);
}

AVX2_INLINE void add_to(int32_t *sum, __m256i more) {
    _mm256_storeu_si256((__m256i *)sum, _mm256_add_epi32(at(sum), more));
}

/* What comes next waits until these are there: computed all at once, sums would lie in memory in between. */
#define THEN(a, b, c, d) __asm__ __volatile__("" : "+x"(a), "+x"(b), "+x"(c), "+x"(d))

/* The outputs of four blocks, one after another in memory, of two rows: as many sums as there are registers for. */
static AVX2 void two_rows(const int8_t *weight, size_t bytes, const uint8_t *s, const uint8_t *t, int32_t *to_s, int32_t *to_t) {
    const size_t next = LANES * bytes;
    const __m256i none = _mm256_setzero_si256();
    __m256i s0 = none, s1 = none, s2 = none, s3 = none, t0 = none, t1 = none, t2 = none, t3 = none;
    for (const uint8_t *end = s + bytes; s < end; s += DEPTH, t += DEPTH, weight += LANES * DEPTH) {
        __m256i state = spread(s), other = spread(t);
        s0 = more(s0, state, at(weight)), t0 = more(t0, other, at(weight));
        THEN(s0, t0, state, other);
        s1 = more(s1, state, at(weight + next)), t1 = more(t1, other, at(weight + next));
        THEN(s1, t1, state, other);
        s2 = more(s2, state, at(weight + 2 * next)), t2 = more(t2, other, at(weight + 2 * next));
        THEN(s2, t2, state, other);
        s3 = more(s3, state, at(weight + 3 * next)), t3 = more(t3, other, at(weight + 3 * next));
    }
    add_to(to_s, s0), add_to(to_s + LANES, s1), add_to(to_s + 2 * LANES, s2), add_to(to_s + 3 * LANES, s3);
    add_to(to_t, t0), add_to(to_t + LANES, t1), add_to(to_t + 2 * LANES, t2), add_to(to_t + 3 * LANES, t3);
}

/* The same of one row. */
static AVX2 void one_row(const int8_t *weight, size_t bytes, const uint8_t *s, int32_t *to_s) {
    const size_t next = LANES * bytes;
    const __m256i none = _mm256_setzero_si256();
    __m256i s0 = none, s1 = none, s2 = none, s3 = none;
    for (const uint8_t *end = s + bytes; s < end; s += DEPTH, weight += LANES * DEPTH) {
        const __m256i state = spread(s);
        s0 = more(s0, state, at(weight)), s1 = more(s1, state, at(weight + next));
        s2 = more(s2, state, at(weight + 2 * next)), s3 = more(s3, state, at(weight + 3 * next));
    }
    add_to(to_s, s0), add_to(to_s + LANES, s1), add_to(to_s + 2 * LANES, s2), add_to(to_s + 3 * LANES, s3);
}

static void products_avx2(const Product *product, const Operand *operand, int count) {
    for (int first = 0; first < product->outputs; first += 4 * LANES) {
        const int8_t *weight = product->weights + (size_t)first * product->bytes;
        int row = 0;
        for (; row + 2 <= count; row += 2) {
            const Operand *own = operand + row, *other = own + 1;
            two_rows(weight, product->bytes, own->state, other->state, own->sum + first, other->sum + first);
        }
        if (row < count) one_row(weight, product->bytes, operand[row].state, operand[row].sum + first);
    }
}
#endif

/* Adds to each operand's sums what its hidden states are multiplied to. */
static void add_products(const Product *product, const Operand *operand, int count) {
#ifdef HAS_AVX2_TWIN
    if (__builtin_cpu_supports("avx2")) {
        products_avx2(product, operand, count);
        return;
    }
#endif
    products_anywhere(product, operand, count);
}

/* Adds a column of weights so many times; a product fits into 16 bits. */
FOR_EACH_PROCESSOR
static void add_input(int32_t *restrict sum, const int8_t *restrict weight, int outputs, int byte) {
    const int16_t times = (int16_t)byte;
    for (int output = 0; output < outputs; output++) sum[output] += (int16_t)(weight[output] * times);
}

/* The same of two columns. */
FOR_EACH_PROCESSOR
static void add_inputs(int32_t *restrict sum, const int8_t *restrict weight, const int8_t *restrict other,
                       int outputs, int byte, int other_byte) {
    const int16_t times = (int16_t)byte, other_times = (int16_t)other_byte;
    for (int output = 0; output < outputs; output++) {
        sum[output] += (int16_t)(weight[output] * times) + (int16_t)(other[output] * other_times);
    }
}

/* Functions ------------------------------------------------------------------------------------------------- */

/* tanh as a quotient of polynomials, as in Eigen; wrong by 4e-7 at most. */
FOR_EACH_PROCESSOR
static void tanhs(float *value, int count) {
    const float limit = 7.90531110763549805f;
    for (int place = 0; place < count; place++) {
        float x = value[place];
        x = x < -limit ? -limit : x;
        x = x > limit ? limit : x;
        const float square = x * x;
        float over = -2.76076847742355e-16f;
        over = over * square + 2.00018790482477e-13f;
        over = over * square + -8.60467152213735e-11f;
        over = over * square + 5.12229709037114e-08f;
        over = over * square + 1.48572235717979e-05f;
        over = over * square + 6.37261928875436e-04f;
        over = over * square + 4.89352455891786e-03f;
        over = over * x;
        float under = 1.19825839466702e-06f;
        under = under * square + 1.18534705686654e-04f;
        under = under * square + 2.26843463243900e-03f;
        under = under * square + 4.89352518554385e-03f;
        value[place] = over / under;
    }
}

/* What sums of products stand for. */
FOR_EACH_PROCESSOR
static void to_numbers(const int32_t *restrict sum, const float *restrict scale, const float *restrict constant,
                       float times, int count, float *restrict number) {
    for (int place = 0; place < count; place++) {
        number[place] = ((float)sum[place] * scale[place] + constant[place]) * times;
    }
}

/* The new cells of a row. `gate` has the tanh of half of input, forget and output, and that of new. */
FOR_EACH_PROCESSOR
static void renew_cells(const float *restrict gate, int hidden, float *restrict cell, float *restrict shown) {
    const float *keep = gate + hidden, *new = gate + 3 * hidden;
    for (int k = 0; k < hidden; k++) {
        const float kept = (keep[k] * 0.5f + 0.5f) * cell[k], added = (gate[k] * 0.5f + 0.5f) * new[k];
        shown[k] = cell[k] = kept + added;
    }
}

/* The bytes of a row's new hidden states: `shown` has the tanh of its cells. */
FOR_EACH_PROCESSOR
static void renew_states(const float *restrict out, const float *restrict shown, int hidden, uint8_t *restrict state) {
    for (int k = 0; k < hidden; k++) {
        /* To the nearest whole number, from 1 to 255: added to 1.5 * 2^23 no other is left. */
        const float byte = (out[k] * 0.5f + 0.5f) * shown[k] * 127.0f + 12582912.0f;
        state[k] = (uint8_t)((int32_t)(byte - 12582912.0f) + 128);
    }
}

/* One layer's step of a row. Gates: input, forget, output, new; `sum` and `gate` become of no meaning. */
static void step_cells(const Product *product, const float *constant, int hidden, const int32_t *sum, float *gate,
                       float *cell, uint8_t *state) {
    to_numbers(sum, product->scales, constant, 0.5f, 3 * hidden, gate);
    to_numbers(sum + 3 * hidden, product->scales + 3 * hidden, constant + 3 * hidden, 1, hidden, gate + 3 * hidden);
    tanhs(gate, 4 * hidden);
    float *shown = gate + 4 * hidden;
    renew_cells(gate, hidden, cell, shown);
    tanhs(shown, hidden);
    renew_states(gate + 2 * hidden, shown, hidden, state);
}

/* exp of what is not above 0, as model/sampling/nucleus.py has it: by a polynomial, squared ten times. */
FOR_EACH_PROCESSOR
static void exponentials(double *value, int count) {
    for (int place = 0; place < count; place++) {
        double x = value[place];
        x = x < -700.0 ? -700.0 : x;
        const double part = x * 0.0009765625;
        double power = 1.0 / 362880;
        power = power * part + 1.0 / 40320;
        power = power * part + 1.0 / 5040;
        power = power * part + 1.0 / 720;
        power = power * part + 1.0 / 120;
        power = power * part + 1.0 / 24;
        power = power * part + 1.0 / 6;
        power = power * part + 0.5;
        power = power * part + 1.0;
        power = power * part + 1.0;
        power *= power, power *= power, power *= power, power *= power, power *= power;
        power *= power, power *= power, power *= power, power *= power, power *= power;
        value[place] = power;
    }
}

/* The network --------------------------------------------------------------------------------------------- */

/* What a row is told by its features, which it is told at every step until Python says something else. */
static void tell_features(const Network *network, const Product *product, const uint8_t *features, int32_t *sum) {
    memset(sum, 0, sizeof(int32_t) * product->outputs);
    const int8_t *weight = product->of_inputs + (size_t)2 * PITCHES * product->outputs;
    for (int place = 0; place < network->features; place++) {
        if (features[place]) add_input(sum, weight + (size_t)place * product->outputs, product->outputs, features[place]);
    }
}

/* What a row is told of its keyboard. */
static void tell_keyboard(const Network *network, const Product *product, const Row *row, int32_t *sum) {
    const size_t outputs = product->outputs;
    memset(sum, 0, sizeof(int32_t) * outputs);
    for (int pitch = 0; pitch < PITCHES; pitch++) {
        if (row->onsets[pitch] < 0) continue;
        int age = row->now - row->onsets[pitch];
        age = age > network->largest_age ? network->largest_age : age;
        const int8_t *weight = product->of_inputs + pitch * outputs;
        add_inputs(sum, weight, weight + PITCHES * outputs, (int)outputs, 255, network->age_bytes[age]);
    }
}

/* What a row is told of the time it has left. */
static void tell_time_left(const Network *network, const Product *product, const Row *row, int32_t *sum) {
    const size_t outputs = product->outputs;
    int left = row->end - row->now;
    left = left < 0 ? 0 : left;
    left = left < network->time_left_steps ? left : network->time_left_steps - 1;
    const uint8_t *bytes = network->time_left + (size_t)left * network->time_left_width;
    const int8_t *weight = product->of_inputs + (2 * PITCHES + network->time_left_first) * outputs;
    for (int place = 0; place < network->time_left_width; place++) {
        if (bytes[place]) add_input(sum, weight + place * outputs, (int)outputs, bytes[place]);
    }
}

static const float *constants_of(const Product *product, const Row *row) {
    return product->constant + (product->constants == 1 ? 0 : (size_t)row->previous * product->outputs);
}

/* One step of some rows, which `place` names: their states are renewed, and their logits written, of a guided row
 * two one after the other. */
static void step_network(const Network *network, const Batch *batch, const int *place, int count, int tells_time) {
    const Product *first = network->products, *last = network->products + network->layers;
    const size_t of_row = (size_t)first->outputs + last->outputs;
    const size_t states = (size_t)network->layers * network->padded, cells = (size_t)network->layers * network->hidden;
    size_t widest = first->outputs > last->outputs ? first->outputs : last->outputs;
    for (int layer = 0; layer <= network->layers; layer++) {
        const Product *product = network->products + layer;
        Operand operand[2 * count];
        int operands = 0;
        for (int each = 0; each < count; each++) {
            const Row *row = batch->row + place[each];
            int32_t *sum = batch->sums + (size_t)(2 * place[each]) * widest, *open = sum + widest;
            if (product->inputs) {
                const int32_t *told = batch->told + place[each] * of_row + (product == last ? first->outputs : 0);
                tell_keyboard(network, product, row, open);
                for (int output = 0; output < product->outputs; output++) sum[output] = open[output] + told[output];
                if (tells_time) tell_time_left(network, product, row, sum);
            } else {
                memset(sum, 0, sizeof(int32_t) * product->outputs);
                memset(open, 0, sizeof(int32_t) * product->outputs);
            }
            for (int way = 0; way < 2 && row->slots[way] >= 0; way++) {
                const uint8_t *own = batch->hidden + row->slots[way] * states + (layer ? layer - 1 : 0) * network->padded;
                operand[operands++] = (Operand){own, way ? open : sum};
            }
        }
        add_products(product, operand, operands);
        operands = 0;
        for (int each = 0; each < count; each++) {
            const Row *row = batch->row + place[each];
            for (int way = 0; way < 2 && row->slots[way] >= 0; way++) {
                const int32_t *sum = operand[operands++].sum;
                const size_t slot = row->slots[way];
                if (product == last) {
                    to_numbers(sum, product->scales, constants_of(product, row), 1, product->outputs,
                               batch->logits + (size_t)(2 * place[each] + way) * product->outputs);
                } else {
                    step_cells(product, constants_of(product, row), network->hidden, sum, batch->gates,
                               batch->cell + slot * cells + (size_t)layer * network->hidden,
                               batch->hidden + slot * states + (size_t)layer * network->padded);
                }
            }
        }
    }
}

/* Constraints: model/sampling/constraints.py -------------------------------------------------------------- */

static int smaller(int a, int b) { return a < b ? a : b; }

/* How long the next TIME_SHIFT may be; 0 where time may not go on. */
static int longest_shift(const Rules *rules, const Row *row, int sounding, int earliest, int may_end) {
    if (sounding) {
        const int until_hung = rules->longest_note - (row->now - earliest);
        return smaller(rules->max_shift, smaller(until_hung, row->end + rules->latest_end - row->now));
    }
    if (row->silent_since < 0) return 0;
    const int last_onset = may_end ? row->end : row->end - rules->last_onset;
    const int silence_left = row->silent_since + rules->longest_silence - row->now;
    const int longest = smaller(rules->max_shift, smaller(silence_left, last_onset - row->now));
    return longest < 0 ? 0 : longest;
}

/* Allows to let go what was struck at a step or before it; false if there is none. */
static int allow_releases(const Rules *rules, const Row *row, int until, uint8_t *allowed) {
    int any = 0;
    for (int pitch = 0; pitch < PITCHES; pitch++) {
        if (row->onsets[pitch] >= 0 && row->onsets[pitch] <= until) any = allowed[rules->note_off + pitch] = 1;
    }
    return any;
}

static void allow(const Rules *rules, const Row *row, uint8_t *allowed) {
    int sounding = 0, earliest = INT32_MAX;
    for (int pitch = 0; pitch < PITCHES; pitch++) {
        if (row->onsets[pitch] < 0) continue;
        sounding++;
        earliest = smaller(earliest, row->onsets[pitch]);
    }
    memset(allowed, 0, rules->vocabulary);
    if (sounding) {
        if (row->now - earliest >= rules->longest_note) {
            allow_releases(rules, row, row->now - rules->longest_note, allowed);
            return;
        }
        if (row->now >= row->end + rules->latest_end) {
            allow_releases(rules, row, row->now, allowed);
            return;
        }
        if (sounding >= rules->largest_polyphony && allow_releases(rules, row, row->now - 1, allowed)) return;
    }
    const int may_end = row->silent_since >= 0 && row->silent_since >= row->end - rules->earliest_end;
    const int longest = longest_shift(rules, row, sounding, earliest, may_end);
    const int may_strike = row->now < row->end + rules->latest_onset && sounding < rules->largest_polyphony;
    const int may_change = may_strike && !(row->previous >= rules->velocity && row->previous < rules->start);
    for (int pitch = rules->lowest_key; may_strike && pitch <= rules->highest_key; pitch++) {
        allowed[rules->note_on + pitch] = row->onsets[pitch] < 0;
    }
    if (may_change) memset(allowed + rules->velocity, 1, rules->start - rules->velocity);
    memset(allowed + rules->time_shift, 1, longest);
    const int may_release = allow_releases(rules, row, row->now - 1, allowed);
    allowed[rules->end] = !sounding && may_end;
    if (!(may_strike || may_release || longest || allowed[rules->end])) {
        const int may_rest = row->now < row->end + rules->latest_end;
        memset(allowed + rules->time_shift, may_rest, rules->short_rest);
        allowed[rules->end] = !may_rest;
    }
}

/* Drawing: model/sampling/nucleus.py and randomness.py ---------------------------------------------------- */

static uint64_t mixed(uint64_t number) {
    number += 0x9E3779B97F4A7C15u;
    number = (number ^ (number >> 30)) * 0xBF58476D1CE4E5B9u;
    number = (number ^ (number >> 27)) * 0x94D049BB133111EBu;
    return number ^ (number >> 31);
}

static double sum_of(const double *weight, int count) {
    double total = 0;
    for (int event = 0; event < count; event++) total += weight[event];
    return total;
}

/* The event whose share of all weights, which are `total`, a number in [0, 1) falls into, and where in it. */
static int drawn(const double *weight, int count, double total, double uniform, double *where) {
    const double target = uniform * total;
    double mass = 0;
    int event = 0;
    for (; event < count; event++) {
        mass += weight[event];
        if (mass > target) break;
    }
    if (event == count) {
        for (event = count - 1; weight[event] == 0; event--) continue;
        mass = total;
    }
    *where = (target - (mass - weight[event])) / weight[event];
    return event;
}

/* Leaves out the least likely events as long as the others hold `top_p`, equally likely ones together. */
static void leave_out(double *weight, int count, double top_p) {
    double sorted[LARGEST_VOCABULARY], mass = 0;
    int kept = 0;
    for (int event = 0; event < count; event++) {
        if (weight[event] == 0) continue;
        int place = kept++;
        for (; place && sorted[place - 1] < weight[event]; place--) sorted[place] = sorted[place - 1];
        sorted[place] = weight[event];
    }
    const double total = sum_of(sorted, kept);
    double least = 0;
    for (int place = 0; place < kept; place++) {
        mass += sorted[place];
        least = sorted[place];
        if (mass >= top_p * total) break;
    }
    for (int event = 0; event < count; event++) weight[event] = weight[event] >= least ? weight[event] : 0;
}

static int draw(const float *logit, const uint8_t *allowed, int count, double temperature, double top_p, double uniform) {
    double weight[LARGEST_VOCABULARY], where;
    float largest = 0;
    int any = 0;
    for (int event = 0; event < count; event++) {
        if (allowed[event] && (!any++ || logit[event] > largest)) largest = logit[event];
    }
    for (int event = 0; event < count; event++) weight[event] = ((double)logit[event] - (double)largest) / temperature;
    for (int event = 0; event < count; event++) weight[event] = allowed[event] ? weight[event] : 0;
    exponentials(weight, count);
    for (int event = 0; event < count; event++) weight[event] = allowed[event] ? weight[event] : 0;
    const double total = sum_of(weight, count);
    const int event = drawn(weight, count, total, uniform, &where);
    /* What is likelier than an event that has more than the share to be left out holds less than top-p. */
    if (top_p >= 1 || weight[event] > (1 - top_p) * total * (1 + 1e-9)) return event;
    double likelier = 0;
    for (int other = 0; other < count; other++) likelier += weight[other] > weight[event] ? weight[other] : 0;
    if (likelier < top_p * total) return event;
    leave_out(weight, count, top_p);
    where = where < 0 ? 0 : where;
    where = where > 0x1.fffffffffffffp-1 ? 0x1.fffffffffffffp-1 : where;
    return drawn(weight, count, sum_of(weight, count), where, &where);
}

static void write_likelihood(const float *logit, int count, int event, double *surplus, double *mass) {
    double weight[LARGEST_VOCABULARY];
    float largest = logit[0];
    for (int other = 1; other < count; other++) largest = logit[other] > largest ? logit[other] : largest;
    for (int other = 0; other < count; other++) weight[other] = (double)logit[other] - (double)largest;
    *surplus = weight[event];
    exponentials(weight, count);
    *mass = sum_of(weight, count);
}

/* Playing: model/keyboard.py and model/sampling/draft.py ------------------------------------------------- */

static void play(const Rules *rules, Row *row, int event) {
    if (event < rules->note_off) {
        row->onsets[event - rules->note_on] = row->now;
    } else if (event < rules->time_shift) {
        int *onset = row->onsets + (event - rules->note_off), still = 0;
        if (*onset >= 0) {
            *onset = -1;
            for (int pitch = 0; pitch < PITCHES; pitch++) still |= row->onsets[pitch] >= 0;
            if (!still) row->silent_since = row->now;
        }
    } else if (event < rules->velocity) {
        row->now += event - rules->time_shift + 1;
        if (row->now >= row->pause) row->is_stopped = 1;
    } else if (event == rules->end) {
        row->is_stopped = 1;
    }
    row->previous = event;
    row->step++;
}

/* A row's logits, guided. */
static void lead(const Network *network, const Batch *batch, int place) {
    const Row *row = batch->row + place;
    const int outputs = network->products[network->layers].outputs;
    const float *told = batch->logits + (size_t)(2 * place) * outputs, *open = told + outputs;
    const float guidance = row->now < row->closing ? row->guidance : row->closing_guidance;
    float *led = batch->led + (size_t)place * outputs;
    for (int event = 0; event < outputs; event++) {
        led[event] = row->slots[1] < 0 ? told[event] : open[event] + guidance * (told[event] - open[event]);
    }
}

/* Draws an event for a row that was led, and plays it. */
static void go_on(const Network *network, const Batch *batch, int place) {
    const Rules *rules = &network->rules;
    Row *row = batch->row + place;
    const size_t at = (size_t)place * batch->most_events + row->count;
    int event = batch->events[at]; /* a primer's */
    if (row->count >= row->forced) {
        const size_t outputs = network->products[network->layers].outputs;
        uint8_t allowed[LARGEST_VOCABULARY];
        allow(rules, row, allowed);
        const double uniform = (double)(mixed(row->random ^ (uint64_t)row->step) >> 11) * 0x1p-53;
        event = draw(batch->led + place * outputs, allowed, rules->vocabulary, row->temperature, row->top_p, uniform);
        batch->events[at] = (int16_t)event;
        const float *told = batch->logits + 2 * place * outputs;
        write_likelihood(told, rules->vocabulary, event, batch->surplus + at, batch->mass + at);
    }
    row->count++;
    play(rules, row, event);
    if (row->count >= row->limit) row->is_stopped = 1;
}

/* What Python calls --------------------------------------------------------------------------------------- */

static void tell(const Network *network, const Batch *batch, int *place) {
    const Product *first = network->products, *last = network->products + network->layers;
    for (int row = 0; row < batch->rows; row++) {
        int32_t *told = batch->told + row * ((size_t)first->outputs + last->outputs);
        const uint8_t *features = batch->features + (size_t)row * network->features;
        tell_features(network, first, features, told);
        tell_features(network, last, features, told + first->outputs);
        place[row] = row;
    }
}

/* One step of the network for all rows; what they are told, time left included, stands in `features`. */
void etude_answer(const Network *network, Batch *batch) {
    int place[batch->rows];
    tell(network, batch, place);
    step_network(network, batch, place, batch->rows, 0);
}

/* One step of the network for all rows; their guided logits stand in `led`. */
void etude_lead(const Network *network, Batch *batch) {
    int place[batch->rows];
    tell(network, batch, place);
    step_network(network, batch, place, batch->rows, 1);
    for (int row = 0; row < batch->rows; row++) lead(network, batch, row);
}

/* Draws an event for every row by what stands in `led`, and plays it. */
void etude_go_on(const Network *network, Batch *batch) {
    for (int row = 0; row < batch->rows; row++) go_on(network, batch, row);
}

/* Goes on with every row until it is stopped: by END, by its pause, or by its limit. */
void etude_stride(const Network *network, Batch *batch) {
    int place[batch->rows], going = batch->rows;
    tell(network, batch, place);
    while (going) {
        step_network(network, batch, place, going, 1);
        int still = 0;
        for (int each = 0; each < going; each++) {
            lead(network, batch, place[each]);
            go_on(network, batch, place[each]);
            if (!batch->row[place[each]].is_stopped) place[still++] = place[each];
        }
        going = still;
    }
}

/* The sizes of what Python lays out, to be compared with its own. */
int etude_size_of_row(void) { return (int)sizeof(Row); }

/* redact.c: masks what tells who somebody is: <mail> for mail addresses, <link> for links, <number> for words with digits and what they are
 * joined to (telephone numbers, dates, accounts), <name> for @handles and for capitalised words other than the common English ones below.
 * It rather masks too much: a word of a script without capitals may be a name, so it is masked; a name in small letters is not found. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "runtime/base/arena.h"
#include "runtime/base/letter.h"
#include "runtime/calls.h"

static const char *const common[] = {                       /* none of them is a usual first name */
    "a", "about", "above", "actually", "add", "after", "again", "against", "ago", "all", "almost", "alone", "along", "already",
    "also", "although", "always", "am", "american", "among", "an", "and", "another", "any", "anybody", "anyone", "anything",
    "anyway", "are", "around", "as", "ask", "at", "away", "back", "bad", "be", "because", "been", "before", "being", "below",
    "best", "better", "between", "big", "both", "bring", "british", "but", "buy", "by", "bye", "call", "came", "can", "cannot",
    "case", "cause", "certainly", "check", "click", "come", "coming", "could", "day", "days", "dear", "december", "did", "do",
    "does", "doing", "don't", "done", "down", "during", "each", "early", "either", "else", "end", "english", "enough", "european",
    "even", "ever", "every", "everybody", "everyone", "everything", "except", "far", "february", "feel", "few", "find", "first",
    "five", "for", "four", "french", "friday", "from", "full", "further", "german", "get", "getting", "give", "go", "going", "gone",
    "good", "got", "great", "had", "half", "happy", "hardly", "has", "have", "having", "he", "hello", "help", "her", "here", "hers",
    "hey", "hi", "him", "his", "hour", "hours", "how", "however", "i", "i'd", "i'll", "i'm", "i've", "if", "important", "in",
    "indeed", "information", "inside", "instead", "into", "is", "it", "it's", "italian", "its", "itself", "january", "july", "june",
    "just", "keep", "kind", "know", "last", "late", "later", "least", "less", "let", "let's", "like", "little", "long", "look",
    "looking", "lot", "made", "mail", "make", "many", "march", "maybe", "me", "message", "might", "mine", "minute", "minutes",
    "monday", "more", "morning", "most", "much", "must", "my", "myself", "near", "need", "never", "new", "next", "nice", "night",
    "no", "nobody", "none", "nor", "not", "note", "nothing", "november", "now", "october", "of", "off", "often", "ok", "okay",
    "old", "on", "once", "one", "only", "open", "or", "order", "other", "others", "our", "ours", "out", "over", "own", "part",
    "pay", "people", "perhaps", "phone", "place", "please", "put", "question", "quickly", "quite", "rather", "re", "read", "really",
    "regarding", "regards", "reply", "right", "said", "same", "saturday", "saw", "say", "see", "seem", "seems", "send", "sent",
    "several", "shall", "she", "should", "show", "since", "six", "small", "so", "some", "somebody", "someone", "something",
    "sometimes", "soon", "sorry", "spanish", "still", "stop", "such", "sunday", "sure", "take", "ten", "text", "than", "thank",
    "thanks", "that", "that's", "the", "their", "theirs", "them", "then", "there", "there's", "therefore", "these", "they", "thing",
    "think", "this", "those", "though", "three", "through", "thursday", "thus", "time", "to", "today", "together", "tomorrow",
    "tonight", "too", "total", "toward", "try", "tuesday", "two", "under", "unfortunately", "until", "up", "upon", "urgent", "us",
    "use", "used", "very", "wait", "want", "was", "watch", "we", "we're", "wednesday", "week", "weekend", "well", "were", "what",
    "whatever", "when", "where", "whether", "which", "while", "who", "whole", "whom", "whose", "why", "wish", "with", "within",
    "without", "won't", "work", "would", "write", "wrong", "year", "years", "yes", "yesterday", "yet", "you", "you're", "your",
    "yours", "yourself",
};

enum kind { OTHER, SMALL, CAPITAL, NO_CASE, MARK, DIGIT };
/* Blocks above ASCII that hold no letters; every other character that has no case is taken for one. */
static const struct { uint32_t first, last; uint8_t kind; } no_letters[] = {
    {0x80, 0xa9, OTHER}, {0xab, 0xb4, OTHER}, {0xb6, 0xb9, OTHER}, {0xbb, 0xbf, OTHER}, {0xd7, 0xd7, OTHER}, {0xf7, 0xf7, OTHER},
    {0x2b9, 0x2df, OTHER}, {0x300, 0x36f, MARK}, {0x660, 0x669, DIGIT}, {0x6f0, 0x6f9, DIGIT}, {0x966, 0x96f, DIGIT}, {0x2000, 0x206f, OTHER},
    {0x20a0, 0x20cf, OTHER}, {0x2190, 0x2bff, OTHER}, {0x2e00, 0x2e7f, OTHER}, {0x3000, 0x3003, OTHER}, {0x3008, 0x3030, OTHER},
    {0x303d, 0x303f, OTHER}, {0xfe00, 0xfe6f, OTHER}, {0xff01, 0xff0f, OTHER}, {0xff10, 0xff19, DIGIT}, {0xff1a, 0xff20, OTHER},
    {0xfffd, 0xfffd, OTHER}, {0x1f000, 0x1faff, OTHER},
};
struct text { const char *at; uint64_t n; };

/* The character at i and its bytes. */
static enum kind kind_at(struct text t, uint64_t i, uint64_t *bytes)
{
    const unsigned char c = (unsigned char)t.at[i];
    *bytes = 1;
    if (c < 0x80)
        return c >= 'a' && c <= 'z' ? SMALL : c >= 'A' && c <= 'Z' ? CAPITAL : c >= '0' && c <= '9' ? DIGIT : OTHER;
    uint32_t code;
    *bytes = mlp_letter_read(t.at + i, t.n - i, &code);
    if (mlp_letter_is_capital(code)) return CAPITAL;
    if (mlp_letter_is_small(code) || code == 0xdf || code == 0x138 || code == 0x149) return SMALL;
    for (size_t k = 0; k < sizeof no_letters / sizeof *no_letters; k++)
        if (code >= no_letters[k].first && code <= no_letters[k].last) return no_letters[k].kind;
    return NO_CASE;
}

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
static bool mail_byte(char c) { return (unsigned char)c >= 0x80 || (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || strchr("._%+-", c); }

static uint64_t mail(struct text t, uint64_t i)             /* end of the address that begins at i; 0: none does */
{
    uint64_t end = i;
    while (end < t.n && t.at[end] && mail_byte(t.at[end])) end++;
    if (end == i || end == t.n || t.at[end] != '@') return 0;
    const uint64_t host = ++end;
    while (end < t.n && t.at[end] && mail_byte(t.at[end])) end++;
    while (end > host && strchr(".-_%+", t.at[end - 1])) end--;          /* the full stop behind it */
    return end > host ? end : 0;
}

static uint64_t link_end(struct text t, uint64_t i)
{
    static const char *const start[] = {"http://", "https://", "www.", "ftp://"};
    bool is = false;
    for (int k = 0; k < 4; k++) is |= t.n - i > strlen(start[k]) && !strncasecmp(t.at + i, start[k], strlen(start[k]));
    if (!is) return 0;
    while (i < t.n && !is_space(t.at[i]) && !strchr("<>\"'", t.at[i])) i++;
    while (strchr(".,;:!?)", t.at[i - 1])) i--;
    return i;
}

/* A run of letters, marks and digits, with ' and - between letters. */
static uint64_t word(struct text t, uint64_t i, enum kind *first, bool *digits)
{
    uint64_t bytes, next;
    *first = kind_at(t, i, &bytes), *digits = false;
    while (i < t.n) {
        const enum kind k = kind_at(t, i, &bytes);
        *digits |= k == DIGIT;
        if (k == OTHER) {
            const bool joins = t.at[i] == '\'' || t.at[i] == '-' || (i + 2 < t.n && !memcmp(t.at + i, "\xe2\x80\x99", 3));
            if (!joins || i + bytes >= t.n || kind_at(t, i + bytes, &next) == OTHER) break;
        }
        i += bytes;
    }
    return i;
}

/* Numbers that one separator parts belong together: 12/03/2024, +49 (170) 1234 567. */
static uint64_t number_end(struct text t, uint64_t i)
{
    for (;;) {
        uint64_t k = i, bytes;
        while (k < t.n && k - i < 2 && strchr(" .,:/-()", t.at[k])) k++;
        if (k == i || k == t.n || kind_at(t, k, &bytes) != DIGIT) return i;
        enum kind first;
        bool digits;
        i = word(t, k, &first, &digits);
    }
}

static bool is_common(const char *at, uint64_t n)
{
    char small[16];
    if (n >= sizeof small) return false;
    for (uint64_t i = 0; i < n; i++) small[i] = (char)(at[i] >= 'A' && at[i] <= 'Z' ? at[i] | 0x20 : at[i]);
    small[n] = 0;
    size_t low = 0, high = sizeof common / sizeof *common;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        const int order = strcmp(common[middle], small);
        if (!order) return true;
        if (order < 0) low = middle + 1; else high = middle;
    }
    return false;
}

struct output { char *to; uint64_t n, room; bool name; };   /* name: the last thing written is <name> */
static void put(struct output *o, const char *at, uint64_t n)
{
    if (o->to && o->n + n <= o->room) memcpy(o->to + o->n, at, n);
    o->n += n;
}
static void mask(struct output *o, const char *what) { put(o, what, strlen(what)), o->name = false; }

static void redact(struct text t, struct output *o)
{
    for (uint64_t i = 0, bytes, end; i < t.n;) {
        enum kind first = kind_at(t, i, &bytes);
        bool digits = false;
        if ((end = mail(t, i))) { mask(o, "<mail>"), i = end; continue; }
        if ((end = link_end(t, i))) { mask(o, "<link>"), i = end; continue; }
        if (first == OTHER) {
            uint64_t next;
            const bool handle = t.at[i] == '@' && i + 1 < t.n && kind_at(t, i + 1, &next) != OTHER;
            const bool sign = t.at[i] == '+' && i + 1 < t.n && kind_at(t, i + 1, &next) == DIGIT;
            if (handle) {
                end = i + 1;
                while (end < t.n && (kind_at(t, end, &next) != OTHER || strchr("_.-", t.at[end]))) end += kind_at(t, end, &next) != OTHER ? next : 1;
                mask(o, "<name>"), i = end;
                continue;
            }
            if (!sign) {
                if (t.at[i] != ' ') o->name = false;
                put(o, t.at + i, bytes), i += bytes;
                continue;
            }
            i++;
        }
        end = word(t, i, &first, &digits);
        if (digits) mask(o, "<number>"), end = number_end(t, end);
        else if (first == SMALL || is_common(t.at + i, end - i)) put(o, t.at + i, end - i), o->name = false;
        else if (o->name && o->n && (!o->to || o->to[o->n - 1] == ' ')) o->n--;         /* one mask for first and last name */
        else mask(o, "<name>"), o->name = true;
        i = end;
    }
}

void mlp_call_redact(void *arena, struct mlp_str *out, const struct mlp_str *in)
{
    const struct text t = {in->at, in->n};
    struct output o = {.room = 5 * in->n + 16};             /* at most `<number>;` for `1;` */
    *out = (struct mlp_str){"", 0};
    o.to = mlp_arena_alloc(arena, o.room);
    if (!o.to) return;
    redact(t, &o);
    *out = (struct mlp_str){o.to, o.n <= o.room ? o.n : o.room};
}

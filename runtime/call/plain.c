/* plain.c: a page's text without its tags, its entities decoded (HTML's of version 4, and those by number). Comments, scripts and styles
 * are no text. A tag that ends a line on a page (br, p, li, td …) leaves a space, one within a line (b, a, span …) nothing. */
#include <stdbool.h>
#include <string.h>
#include <strings.h>
#include "runtime/base/arena.h"
#include "runtime/base/letter.h"
#include "runtime/calls.h"

static const struct { char name[9]; uint16_t code; } entities[] = {
    {"AElig", 198}, {"Aacute", 193}, {"Acirc", 194}, {"Agrave", 192}, {"Alpha", 913}, {"Aring", 197}, {"Atilde", 195},
    {"Auml", 196}, {"Beta", 914}, {"Ccedil", 199}, {"Chi", 935}, {"Dagger", 8225}, {"Delta", 916}, {"ETH", 208}, {"Eacute", 201},
    {"Ecirc", 202}, {"Egrave", 200}, {"Epsilon", 917}, {"Eta", 919}, {"Euml", 203}, {"Gamma", 915}, {"Iacute", 205},
    {"Icirc", 206}, {"Igrave", 204}, {"Iota", 921}, {"Iuml", 207}, {"Kappa", 922}, {"Lambda", 923}, {"Mu", 924}, {"Ntilde", 209},
    {"Nu", 925}, {"OElig", 338}, {"Oacute", 211}, {"Ocirc", 212}, {"Ograve", 210}, {"Omega", 937}, {"Omicron", 927},
    {"Oslash", 216}, {"Otilde", 213}, {"Ouml", 214}, {"Phi", 934}, {"Pi", 928}, {"Prime", 8243}, {"Psi", 936}, {"Rho", 929},
    {"Scaron", 352}, {"Sigma", 931}, {"THORN", 222}, {"Tau", 932}, {"Theta", 920}, {"Uacute", 218}, {"Ucirc", 219},
    {"Ugrave", 217}, {"Upsilon", 933}, {"Uuml", 220}, {"Xi", 926}, {"Yacute", 221}, {"Yuml", 376}, {"Zeta", 918},
    {"aacute", 225}, {"acirc", 226}, {"acute", 180}, {"aelig", 230}, {"agrave", 224}, {"alefsym", 8501}, {"alpha", 945},
    {"amp", 38}, {"and", 8743}, {"ang", 8736}, {"aring", 229}, {"asymp", 8776}, {"atilde", 227}, {"auml", 228}, {"bdquo", 8222},
    {"beta", 946}, {"brvbar", 166}, {"bull", 8226}, {"cap", 8745}, {"ccedil", 231}, {"cedil", 184}, {"cent", 162}, {"chi", 967},
    {"circ", 710}, {"clubs", 9827}, {"cong", 8773}, {"copy", 169}, {"crarr", 8629}, {"cup", 8746}, {"curren", 164},
    {"dArr", 8659}, {"dagger", 8224}, {"darr", 8595}, {"deg", 176}, {"delta", 948}, {"diams", 9830}, {"divide", 247},
    {"eacute", 233}, {"ecirc", 234}, {"egrave", 232}, {"empty", 8709}, {"emsp", 8195}, {"ensp", 8194}, {"epsilon", 949},
    {"equiv", 8801}, {"eta", 951}, {"eth", 240}, {"euml", 235}, {"euro", 8364}, {"exist", 8707}, {"fnof", 402}, {"forall", 8704},
    {"frac12", 189}, {"frac14", 188}, {"frac34", 190}, {"frasl", 8260}, {"gamma", 947}, {"ge", 8805}, {"gt", 62}, {"hArr", 8660},
    {"harr", 8596}, {"hearts", 9829}, {"hellip", 8230}, {"iacute", 237}, {"icirc", 238}, {"iexcl", 161}, {"igrave", 236},
    {"image", 8465}, {"infin", 8734}, {"int", 8747}, {"iota", 953}, {"iquest", 191}, {"isin", 8712}, {"iuml", 239},
    {"kappa", 954}, {"lArr", 8656}, {"lambda", 955}, {"lang", 10216}, {"laquo", 171}, {"larr", 8592}, {"lceil", 8968},
    {"ldquo", 8220}, {"le", 8804}, {"lfloor", 8970}, {"lowast", 8727}, {"loz", 9674}, {"lrm", 8206}, {"lsaquo", 8249},
    {"lsquo", 8216}, {"lt", 60}, {"macr", 175}, {"mdash", 8212}, {"micro", 181}, {"middot", 183}, {"minus", 8722}, {"mu", 956},
    {"nabla", 8711}, {"nbsp", 160}, {"ndash", 8211}, {"ne", 8800}, {"ni", 8715}, {"not", 172}, {"notin", 8713}, {"nsub", 8836},
    {"ntilde", 241}, {"nu", 957}, {"oacute", 243}, {"ocirc", 244}, {"oelig", 339}, {"ograve", 242}, {"oline", 8254},
    {"omega", 969}, {"omicron", 959}, {"oplus", 8853}, {"or", 8744}, {"ordf", 170}, {"ordm", 186}, {"oslash", 248},
    {"otilde", 245}, {"otimes", 8855}, {"ouml", 246}, {"para", 182}, {"part", 8706}, {"permil", 8240}, {"perp", 8869},
    {"phi", 966}, {"pi", 960}, {"piv", 982}, {"plusmn", 177}, {"pound", 163}, {"prime", 8242}, {"prod", 8719}, {"prop", 8733},
    {"psi", 968}, {"quot", 34}, {"rArr", 8658}, {"radic", 8730}, {"rang", 10217}, {"raquo", 187}, {"rarr", 8594}, {"rceil", 8969},
    {"rdquo", 8221}, {"real", 8476}, {"reg", 174}, {"rfloor", 8971}, {"rho", 961}, {"rlm", 8207}, {"rsaquo", 8250},
    {"rsquo", 8217}, {"sbquo", 8218}, {"scaron", 353}, {"sdot", 8901}, {"sect", 167}, {"shy", 173}, {"sigma", 963},
    {"sigmaf", 962}, {"sim", 8764}, {"spades", 9824}, {"sub", 8834}, {"sube", 8838}, {"sum", 8721}, {"sup", 8835}, {"sup1", 185},
    {"sup2", 178}, {"sup3", 179}, {"supe", 8839}, {"szlig", 223}, {"tau", 964}, {"there4", 8756}, {"theta", 952},
    {"thetasym", 977}, {"thinsp", 8201}, {"thorn", 254}, {"tilde", 732}, {"times", 215}, {"trade", 8482}, {"uArr", 8657},
    {"uacute", 250}, {"uarr", 8593}, {"ucirc", 251}, {"ugrave", 249}, {"uml", 168}, {"upsih", 978}, {"upsilon", 965},
    {"uuml", 252}, {"weierp", 8472}, {"xi", 958}, {"yacute", 253}, {"yen", 165}, {"yuml", 255}, {"zeta", 950}, {"zwj", 8205},
    {"zwnj", 8204},
};
static const char *const within[] = {"a", "abbr", "b", "bdi", "bdo", "big", "cite", "code", "del", "dfn", "em", "font", "i", "ins", "kbd", "label",
    "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "tt", "u", "var", "wbr"};

static bool letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
static bool digit(char c) { return c >= '0' && c <= '9'; }

static uint32_t named(const char *at, uint64_t n)
{
    size_t low = 0, high = sizeof entities / sizeof *entities;
    while (low < high) {
        const size_t middle = (low + high) / 2;
        int order = strncmp(entities[middle].name, at, n);
        if (!order && entities[middle].name[n]) order = 1;
        if (!order) return entities[middle].code;
        if (order < 0) low = middle + 1; else high = middle;
    }
    return 0;
}

/* The entity that begins at `at`, an ampersand: its bytes, 0: it is none. What it stands for is never longer. */
static uint64_t entity(const char *at, uint64_t n, uint32_t *code)
{
    uint64_t end = 1;
    while (end < n && end < 12 && (letter(at[end]) || digit(at[end]) || at[end] == '#')) end++;
    if (end < 3 || end == n || at[end] != ';') return 0;
    if (at[1] != '#') return end < 10 && (*code = named(at + 1, end - 1)) ? end + 1 : 0;
    const bool hex = at[2] == 'x' || at[2] == 'X';
    uint64_t value = 0, i = hex ? 3 : 2;
    if (i == end) return 0;
    for (; i < end; i++) {
        const char c = at[i], low = (char)(c | 0x20);
        if (!digit(c) && !(hex && low >= 'a' && low <= 'f')) return 0;
        value = value * (hex ? 16 : 10) + (uint64_t)(digit(c) ? c - '0' : low - 'a' + 10);
    }
    *code = value == 0 || value > 0x10ffff || (value >= 0xd800 && value < 0xe000) ? 0xfffd : (uint32_t)value;
    return end + 1;
}

static bool is_word(const char *at, uint64_t n, const char *word) { return strlen(word) == n && !strncasecmp(at, word, n); }

static uint64_t find(const char *at, uint64_t n, uint64_t from, const char *what)   /* behind `what`; without it: the end */
{
    const uint64_t k = strlen(what);
    for (uint64_t i = from; i + k <= n; i++)
        if (!strncasecmp(at + i, what, k)) return i + k;
    return n;
}

static uint64_t tag_end(const char *at, uint64_t n, uint64_t from)      /* behind its `>`; 0: there is none */
{
    char quote = 0;
    for (uint64_t i = from; i < n; i++) {
        if (quote) quote = at[i] == quote ? 0 : quote;
        else if ((at[i] == '"' || at[i] == '\'') && at[i - 1] == '=') quote = at[i];
        else if (at[i] == '>') return i + 1;
    }
    return 0;
}

/* The tag, comment or script that begins at `at`, a `<`: its bytes, 0: it is none. */
static uint64_t tag(const char *at, uint64_t n, bool *space)
{
    *space = true;
    if (n >= 4 && !memcmp(at, "<!--", 4)) return *space = false, find(at, n, 4, "-->");
    if (n < 3 || !(letter(at[1]) || (at[1] == '/' && letter(at[2])) || at[1] == '!' || at[1] == '?')) return 0;
    const uint64_t name = at[1] == '/' ? 2 : 1;
    uint64_t to = name;
    while (to < n && (letter(at[to]) || digit(at[to]))) to++;
    uint64_t end = tag_end(at, n, to);
    if (!end) return 0;
    for (size_t i = 0; i < sizeof within / sizeof *within; i++)
        if (is_word(at + name, to - name, within[i])) *space = false;
    static const char *const silent[][2] = {{"script", "</script"}, {"style", "</style"}};
    for (int i = 0; i < 2; i++)
        if (name == 1 && is_word(at + 1, to - 1, silent[i][0])) {
            const uint64_t close = find(at, n, end, silent[i][1]);
            end = close < n ? find(at, n, close, ">") : n;
        }
    return end;
}

void mlp_call_plain(void *arena, struct mlp_str *out, const struct mlp_str *in)
{
    char *const to = mlp_arena_alloc(arena, in->n + 1);
    uint64_t n = 0;
    *out = (struct mlp_str){"", 0};
    if (!to) return;
    for (uint64_t i = 0; i < in->n;) {
        const char *const at = in->at + i;
        bool space;
        uint32_t code;
        const uint64_t used = *at == '<' ? tag(at, in->n - i, &space) : *at == '&' ? entity(at, in->n - i, &code) : 0;
        i += used ? used : 1;
        if (!used) to[n++] = *at;
        else if (*at == '&') n += mlp_letter_write(to + n, code);
        else if (space && n && to[n - 1] != ' ' && to[n - 1] != '\n') to[n++] = ' ';
    }
    *out = (struct mlp_str){to, n};
}

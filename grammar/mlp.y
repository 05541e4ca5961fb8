/* mlp.y: the whole grammar of .mlp. LALR(1) without conflicts; a rule reads like the line that it accepts, and its action is
 * one call that builds a node (ast.def says which kids it has). What names mean is no matter of this file.
 *
 * layout.c has decided what is not context-free: END is the end of a statement (a newline, a comma, a closing brace), and SET
 * is a `{` that opens a set. Every block but a schema has one form: which words, keys and clauses it takes is declared in
 * the standard library, so that the checker can say "`vote` belongs in `label`" where a parser says "unexpected". */

%require "3.8"
%define api.pure full
%define api.value.type union
%define api.location.type {struct span}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%param {struct source *s}
%initial-action { @$ = (struct span){0, 0}; }

%code requires { #include "compiler/syntax/parse.h" }
%code provides { int yylex(YYSTYPE *, struct span *, struct source *); }
%code {
#include <stdlib.h>
#include <string.h>
#define YYMAXDEPTH MAX_STACK
#define YYMALLOC stack_room
#define YYFREE free
#define YYLLOC_DEFAULT(here, right, n) \
    ((here) = (n) ? (struct span){YYRHSLOC(right, 1).from, YYRHSLOC(right, n).to} \
                  : (struct span){YYRHSLOC(right, 0).to, YYRHSLOC(right, 0).to})

/* NODE stands where its rule stands; NAMED has the text of a token, and knows where that is; TURN takes the kids of a list. */
#define KIDS(...)               sizeof (struct ast *[]){__VA_ARGS__} / sizeof(struct ast *), (struct ast *[]){__VA_ARGS__}
#define NODE(kind, text, ...)   ast_make(s, AST_##kind, yyloc, yyloc, text, KIDS(__VA_ARGS__))
#define NAMED(kind, name, ...)  ast_make(s, AST_##kind, yyloc, (name)->at, (name)->text, KIDS(__VA_ARGS__))
#define BINARY(text, at, ...)   ast_make(s, AST_BINARY, yyloc, at, text, KIDS(__VA_ARGS__))
#define LEAF(kind, token)       ast_make(s, AST_##kind, yyloc, yyloc, (token)->text, 0, NULL)
#define BARE(kind)              ast_make(s, AST_##kind, yyloc, yyloc, "", 0, NULL)
#define TURN(kind, text, list)  ast_turn(s, AST_##kind, yyloc, yyloc, text, list)

static void *stack_room(size_t bytes)
{
    void *p = malloc(bytes);
    if (!p) source_no_memory(bytes);
    return p;
}
static void yyerror(struct span *at, struct source *s, const char *message);
static struct ast *equals_in_call(struct source *s, struct span at, struct span left, struct span sign, struct span right,
                                  struct ast *key, struct ast *value);
}

%token END "end of the statement"
%token <const struct token *> NAME "a name" NUMBER "a number" DATE "a date" TEXT "a text" TAG "a tag"
%token SET "a set"
%token PIPE "|>" ARROW "->" RANGE ".." EQ "==" NE "!=" LE "<=" GE ">=" NOT_IN "not in"

/* Reserved words. word_kind() finds all from AND to OVER in the table that bison makes of these lines. */
%token AND "and" OR "or" IN "in" IS "is" NOT "not" IF "if" THEN "then" ELSE "else"
%token <const struct token *> MISSING "missing"
%token TRUE "true" FALSE "false"

/* Contextual words, also names: each stands in `name`. A word that only heads a block (goal, train …) is a plain name. */
%token <const struct token *>
       PIPELINE "pipeline" IMPORT "import" EXTEND "extend" REMOVE "remove" PARAM "param" FN "fn" METRIC "metric"
       BUILTIN "builtin" TYPE "type" SOURCE "source" LABEL "label" SPLIT "split" BASELINE "baseline" MODEL "model"
       PREDICT "predict" RANK "rank" GENERATE "generate" MAXIMIZE "maximize" MINIMIZE "minimize" REQUIRE "require"
       ALERT "alert" EXPECT "expect" GIVEN "given" VOTE "vote" LET "let"
       AS "as" FITS "fits" FOR "for" FROM "from" MATCHES "matches" UNIQUE "unique" DISTINCT "distinct" AHEAD "ahead"
       VIA "via" WHEN "when" OF "of" PER "per" WHERE "where" ON "on" OVER "over"

%nterm <struct ast *> declaration declarations subject fits result tasks parameters parameter_list parameter preset
       columns column type arguments unit refinements refinement limit tags tag block entries entry of rows ahead via chain
       bound clause expr value call path items item_list item names
%nterm <const struct token *> name parameter_name
%nterm <bool> optional

/* A verb at the start of a statement is the verb, though it could be a name there: what may follow it binds tighter. */
%precedence "predict" "rank" "generate" "maximize" "minimize" "require" "alert" "expect" "vote" "let"
%precedence "per" "where" "on" "over"

%precedence "else"
%left "or"
%left "and"
%precedence "not"
%nonassoc "==" "!=" '<' "<=" '>' ">=" "in" "not in" "is"
%precedence LIMIT
%nonassoc ".."
%left '+' '-'
%left '*' '/'
%precedence MINUS
%right '^'
%precedence '('

%%

file: declarations { (void)$1; } ;

/* Declarations */

declarations
  : %empty                                                  { $$ = s->tree; }
  | declarations declaration END                            { $$ = ast_entry(s, $1, $2, NULL); }
  | declarations error END                                  { $$ = $1; yyerrok; }
  ;
declaration
  : "pipeline" name                                         { $$ = ast_make(s, AST_PIPELINE, @$, @2, $2->text, 0, NULL); }
  | "import" TEXT "as" name                                 { $$ = NAMED(IMPORT, $2, ast_literal(s, AST_NAME, $4), NULL); }
  | "import" path '(' names ')'                             { $$ = NODE(IMPORT, $2->text, NULL, $4); }
  | "extend" TEXT                                           { $$ = ast_make(s, AST_EXTEND, @$, @2, $2->text, 0, NULL); }
  | "remove" name                                           { $$ = NAMED(REMOVE, $2, NULL); }               /* remove tune */
  | "remove" name bound                                     { $$ = NAMED(REMOVE, $2, $3); }                 /* remove model net */
  | "param" parameter                                       { $$ = $2; $$->at = @$; }
  | "type" name '=' type refinements  { $$ = NAMED(TYPEDEF, $2, $4, $5); }  /* type yes_no = category in {"Yes", "No"} */
  | "fn" name '(' parameters ')' fits '=' expr tags         { $$ = NAMED(FN, $2, $4, $6, $8, $9); }
  | "metric" name '(' parameters ')' ':' name '=' expr tags { $$ = NAMED(METRIC, $2, $4, ast_literal(s, AST_NAME, $7), $9, $10); }
  | "builtin" name name '(' parameters ')' result tasks     { $$ = NAMED(BUILTIN, $3, ast_literal(s, AST_NAME, $2), $5, $7, $8); }
  | "source" name '=' expr tags                             { $$ = NAMED(SOURCE, $2, $4, $5, NULL); }       /* columns inferred */
  | "source" name '=' expr tags '{' columns '}' { $$ = NAMED(SOURCE, $2, $4, $5, ast_close(s, $7, (struct span){@6.from, @8.to})); }
  | "label" name ':' type refinements block                 { $$ = NAMED(LABEL, $2, $4, $5, $6); }
  | "split" expr tags                                       { $$ = NODE(SPLIT, "", $2, $3); }
  | "baseline" name tags                                    { $$ = NAMED(BASELINE, $2, NULL, $3); }
  | "baseline" name '=' expr tags                           { $$ = NAMED(BASELINE, $2, $4, $5); }
  | "model" name '=' expr tags                              { $$ = NAMED(MODEL, $2, $4, $5); }
  | NAME subject tags block  { $$ = NAMED(SECTION, $1, $2, $3, $4); }  /* goal, train net, test "…" */
  ;
subject
  : %empty                                                  { $$ = NULL; }
  | name                                                    { $$ = LEAF(NAME, $1); }
  | TEXT                                                    { $$ = LEAF(TEXT, $1); }
  | '[' items ']'                                           { $$ = TURN(ARRAY, "", $2); }
  ;
fits:   %empty { $$ = NULL; } | "fits" block { $$ = $2; } ;
result: %empty { $$ = NULL; } | "->" type { $$ = $2; } ;
tasks:  %empty { $$ = NULL; } | "for" '[' names ']' { $$ = $3; } ;

parameters: %empty { $$ = BARE(LIST); } | parameter_list ;
parameter_list
  : parameter                                               { $$ = ast_entry(s, BARE(LIST), $1, NULL); }
  | parameter_list ',' parameter                            { $$ = ast_entry(s, $1, $3, NULL); }
  ;
parameter
  : parameter_name preset                                   { $$ = NAMED(PARAM, $1, NULL, BARE(LIST), $2); }
  | parameter_name ':' type refinements preset              { $$ = NAMED(PARAM, $1, $3, $4, $5); }
  ;
parameter_name: name | "missing" ;
preset:  %empty { $$ = NULL; } | '=' expr { $$ = $2; } ;

/* Schemas */

columns
  : %empty                                                  { $$ = BARE(LIST); }
  | columns column END                                      { $$ = ast_entry(s, $1, $2, NULL); }
  | columns error END                                       { $$ = $1; yyerrok; }
  ;
column
  : name ':' type refinements                               { $$ = NAMED(COLUMN, $1, $3, $4); }
  | name ".." name ':' type refinements                     { $$ = NAMED(FAMILY, $1, ast_literal(s, AST_NAME, $3), $5, $6); }
  | name '=' expr tags                                      { $$ = NAMED(DERIVED, $1, $3, $4); }  /* at = day + hour @time */
  ;
type:      name arguments unit optional  { $$ = ast_type(s, @$, $1, $2, $3, $4); } ;  /* float [USD]? · list(category, "|") */
arguments: %empty { $$ = NULL; } | '(' items ')' { $$ = $2; } ;
unit:      %empty { $$ = NULL; } | '[' expr ']' { $$ = $2; } ;
optional:  %empty { $$ = false; } | '?' { $$ = true; } ;
refinements
  : %empty                                                  { $$ = BARE(LIST); }
  | refinements refinement                                  { $$ = ast_push(s, $1, $2); }
  ;
refinement
  : "in" limit                                              { $$ = NODE(REFINE, "in", $2); }                /* a range or a set */
  | "matches" TEXT                                          { $$ = NODE(REFINE, "matches", ast_literal(s, AST_TEXT, $2)); }
  | "unique"                                                { $$ = NODE(REFINE, "unique", NULL); }
  | "distinct" "<=" limit                                   { $$ = NODE(REFINE, "distinct", $3); }
  | "missing" "<=" limit                                    { $$ = NODE(REFINE, "missing", $3); }
  | "missing" "in" limit  { $$ = NODE(REFINE, "missing_in", $3); }  /* these spellings mean missing */
  | "from" TEXT                                             { $$ = NODE(REFINE, "from", ast_literal(s, AST_TEXT, $2)); }
  | "from" NUMBER                                           { $$ = NODE(REFINE, "from", ast_literal(s, AST_NUMBER, $2)); }
  | "from" name  { $$ = NODE(REFINE, "from", ast_literal(s, AST_NAME, $2)); }  /* from file: the path of the row */
  | "->" name                                               { $$ = NODE(REFINE, "->", ast_literal(s, AST_NAME, $2)); }
  | tag
  ;
limit: value %prec LIMIT ;                                  /* ends before the next refinement's `in` */
tags
  : %empty                                                  { $$ = BARE(LIST); }
  | tags tag                                                { $$ = ast_push(s, $1, $2); }
  ;
tag: TAG arguments                                          { $$ = ast_turn(s, AST_TAG, @$, @1, $1->text, $2); } ;

/* Blocks */

block: '{' entries '}'                                      { $$ = ast_close(s, $2, @$); } ;
entries
  : %empty                                                  { $$ = BARE(BLOCK); }
  | entries entry tags END                                  { $$ = ast_entry(s, $1, $2, $3); }
  | entries error END                                       { $$ = $1; yyerrok; }
  ;
entry
  : "predict" name ahead via rows                           { $$ = NAMED(PREDICT, $2, NULL, $3, $4, $5); }
  | "predict" name '=' expr ahead via rows                  { $$ = NAMED(PREDICT, $2, $4, $5, $6, $7); }
  | "rank" name of "per" name rows                          { $$ = NAMED(RANK, $2, NULL, $3, ast_literal(s, AST_NAME, $5), $6); }
  | "rank" name '=' expr of "per" name rows                 { $$ = NAMED(RANK, $2, $4, $5, ast_literal(s, AST_NAME, $7), $8); }
  | "generate" name                                         { $$ = ast_make(s, AST_GENERATE, @$, @2, $2->text, 0, NULL); }
  | "maximize" bound                                        { $$ = NAMED(GOAL, $1, $2); }
  | "minimize" bound                                        { $$ = NAMED(GOAL, $1, $2); }
  | "require" bound                                         { $$ = NAMED(GOAL, $1, $2); }
  | "alert" bound                                           { $$ = NAMED(GOAL, $1, $2); }
  | "expect" bound                                          { $$ = NAMED(GOAL, $1, $2); }
  | "given" block                                           { $$ = NODE(GIVEN, "", $2); }
  | "vote" expr "when" expr                                 { $$ = NODE(VOTE, "", $2, $4); }
  | "let" name '=' expr                                     { $$ = NAMED(LET, $2, $4); }
  | name '=' expr                                           { $$ = NAMED(DEFINE, $1, $3); }  /* a feature, a fitted constant */
  | path ':' bound  { $$ = ast_make(s, AST_OPTION, @$, @1, $1->text, KIDS($3)); }  /* also document.title: "…" */
  | bound  { $$ = NODE(ITEM, "", $1); }  /* tenure · shap(top: 5) · rmse per user */
  | chain  /* app -> gateway(2ms) -> churn(5ms) */
  ;
of:    %empty { $$ = NULL; } | "of" name { $$ = ast_literal(s, AST_NAME, $2); } ;
rows:  %empty { $$ = NULL; } | "where" expr { $$ = $2; } ;
ahead: %empty { $$ = NULL; } | "ahead" expr { $$ = $2; } ;
via:   %empty { $$ = NULL; } | "via" call { $$ = $2; } ;
chain: call "->" call { $$ = NODE(CHAIN, "", $1, $3); } | chain "->" call { $$ = ast_push(s, $1, $3); } ;
bound: expr { $$ = NODE(BOUND, "", $1, BARE(LIST)); } | bound clause { $$ = ast_bound(s, $1, $2); } ;
clause
  : "per" expr                                              { $$ = NAMED(CLAUSE, $1, $2); }
  | "where" expr                                            { $$ = NAMED(CLAUSE, $1, $2); }
  | "on" name                                               { $$ = NAMED(CLAUSE, $1, ast_literal(s, AST_NAME, $2)); }
  | "over" expr                                             { $$ = NAMED(CLAUSE, $1, $2); }
  ;

/* Expressions */

expr: value | expr "|>" call  { $$ = NODE(PIPE, "", $1, $3); } ;  /* binds loosest: a |> f + 1 is an error */
value
  : "if" expr "then" expr "else" value                      { $$ = NODE(IF, "", $2, $4, $6); }
  | value "or" value                                        { $$ = BINARY("or", @2, $1, $3); }
  | value "and" value                                       { $$ = BINARY("and", @2, $1, $3); }
  | "not" value                                             { $$ = NODE(NOT, "", $2); }
  | value "==" value                                        { $$ = BINARY("==", @2, $1, $3); }
  | value "!=" value                                        { $$ = BINARY("!=", @2, $1, $3); }
  | value '<' value                                         { $$ = BINARY("<", @2, $1, $3); }
  | value "<=" value                                        { $$ = BINARY("<=", @2, $1, $3); }
  | value '>' value                                         { $$ = BINARY(">", @2, $1, $3); }
  | value ">=" value                                        { $$ = BINARY(">=", @2, $1, $3); }
  | value "in" value                                        { $$ = BINARY("in", @2, $1, $3); }
  | value "not in" value                                    { $$ = BINARY("not_in", @2, $1, $3); }
  | value "is" "missing"                                    { $$ = NODE(IS_MISSING, "", $1); }
  | value "is" "not" "missing"                              { $$ = NODE(NOT, "", NODE(IS_MISSING, "", $1)); }
  | value ".." value                                        { $$ = BINARY("..", @2, $1, $3); }
  | value '+' value                                         { $$ = BINARY("+", @2, $1, $3); }
  | value '-' value                                         { $$ = BINARY("-", @2, $1, $3); }
  | value '*' value                                         { $$ = BINARY("*", @2, $1, $3); }
  | value '/' value                                         { $$ = BINARY("/", @2, $1, $3); }               /* also a rate: 300/s */
  | '-' value %prec MINUS                                   { $$ = ast_negate(s, $2, @$); }
  | value '^' value                                         { $$ = BINARY("^", @2, $1, $3); }
  | '(' expr ')'                                            { $$ = $2; }
  | '[' items ']'                                           { $$ = TURN(ARRAY, "", $2); }
  | SET items '}'                                           { $$ = TURN(SET, "", $2); }  /* {1, 2} · {"1": "World"} */
  | call
  | NUMBER                                                  { $$ = ast_literal(s, AST_NUMBER, $1); }
  | DATE                                                    { $$ = ast_literal(s, AST_DATE, $1); }
  | TEXT                                                    { $$ = ast_literal(s, AST_TEXT, $1); }
  | "true"                                                  { $$ = BARE(TRUE); }
  | "false"                                                 { $$ = BARE(FALSE); }
  | "missing"                                               { $$ = BARE(MISSING); }
  ;
call
  : path
  | path '(' items ')'                                      { $$ = ast_turn(s, AST_CALL, @$, @1, $1->text, $3); }
  ;
path
  : name                                                    { $$ = ast_literal(s, AST_NAME, $1); }
  | path '.' name                                           { $$ = ast_dot(s, $1, $3, @$); }
  ;

items: %empty { $$ = BARE(LIST); } | item_list ;
item_list
  : item                                                    { $$ = ast_push(s, BARE(LIST), $1); }
  | item_list ',' item                                      { $$ = ast_push(s, $1, $3); }
  ;
item
  : expr
  | expr ':' expr  { $$ = ast_arg(s, @$, $1, $3); }  /* last: 30d · missing: ["NA"] · "1": "World" */
  | expr '=' expr                                           { $$ = equals_in_call(s, @$, @1, @2, @3, $1, $3); }
  ;

names
  : name                                                    { $$ = ast_push(s, BARE(LIST), ast_literal(s, AST_NAME, $1)); }
  | names ',' name                                          { $$ = ast_push(s, $1, ast_literal(s, AST_NAME, $3)); }
  ;
name
  : NAME
  | "pipeline" | "import" | "extend" | "remove" | "param" | "fn" | "metric" | "builtin" | "type" | "source" | "label" | "split"
  | "baseline" | "model"
  | "predict" | "rank" | "generate" | "maximize" | "minimize" | "require" | "alert" | "expect" | "given" | "vote" | "let"
  | "as" | "fits" | "for" | "from" | "matches" | "unique" | "distinct" | "ahead" | "via" | "when" | "of"
  | "per" | "where" | "on" | "over"
  ;

%%

int parse_tokens(struct source *s) { return yyparse(s); }

/* ---- words: the names of the tokens are the only table ---- */

static uint8_t slot_of(const char *text, size_t n)
{
    uint32_t h = (uint32_t)n;
    for (size_t i = 0; i < n; i++) h = h * 31 + (unsigned char)text[i];
    return (uint8_t)(h ^ h >> 8);
}

void words_fill(struct parser *p)
{
    for (int k = YYSYMBOL_AND; k <= YYSYMBOL_OVER; k++) {
        const char *text = yysymbol_name(k);
        uint8_t h = slot_of(text, strlen(text));
        while (p->word[h]) h++;
        p->word[h] = (uint8_t)k;
    }
}

int word_kind(const struct parser *p, const char *text, size_t n, const char **spelling)
{
    for (uint8_t h = slot_of(text, n); p->word[h]; h++) {
        const char *word = yysymbol_name(p->word[h]);
        if (!strncmp(word, text, n) && !word[n]) return *spelling = word, AND + p->word[h] - YYSYMBOL_AND;
    }
    *spelling = NULL;
    return NAME;
}

/* ---- errors: for the usual slips the edit, else what was found and what could stand there ---- */

static bool between(int kind, int first, int last) { return first <= kind && kind <= last; }
static bool one_of(int kind, const char *characters) { return kind && kind < 128 && strchr(characters, kind); }

static void yyerror(struct span *at, struct source *s, const char *message)
{
    (void)message;                                          /* bison's only one besides ours: the stack is full */
    syntax_error(s, "E006", *at, "give a part of it a name", "this is nested too deep to be read");
    ((struct parser *)s->parser)->quiet = true;
}

static const char *slice(struct source *s, uint32_t from, uint32_t to) { return source_copy(s, s->text + from, to - from); }

/* A token as the file has it, cut where it is long. */
static const char *shown(struct source *s, const struct token *t)
{
    enum { CUT = 40 };
    uint32_t to = t->at.to;
    for (uint32_t i = t->at.from; i < to; i++)
        if (s->text[i] == '\n' || s->text[i] == '\r') to = i;
    if (to - t->at.from <= CUT) return slice(s, t->at.from, to);
    for (to = t->at.from + CUT; ((unsigned char)s->text[to] & 0xc0) == 0x80;) to--;
    return source_printf(s, "%s…", slice(s, t->at.from, to));
}

static struct ast *equals_in_call(struct source *s, struct span at, struct span left, struct span sign, struct span right,
                                  struct ast *key, struct ast *value)
{
    const char *a = slice(s, left.from, left.to), *b = slice(s, right.from, right.to);
    const bool name = key->kind == AST_NAME && !strchr(key->text, '.'), brief = strlen(a) + strlen(b) < 60;
    const char *fix = !brief ? "write `:` to name an argument, `==` to compare"
                    : name ? source_printf(s, "write `%s: %s`; to compare, `%s == %s`", a, b, a, b)
                        : source_printf(s, "write `%s == %s`", a, b);
    syntax_error(s, "E001", sign, fix, "%s", name ? "an argument is named with `:`, `=` defines a new value"
                 : "`=` defines a new value; `==` compares");
    return ast_arg(s, at, key, value);
}

static bool compares(int kind) { return between(kind, EQ, NOT_IN) || one_of(kind, "<>") || kind == IN || kind == IS; }
static bool operates(int kind) { return between(kind, RANGE, NOT_IN) || kind == IN || kind == IS || one_of(kind, "+-*/^<>"); }
static bool is_operand(int kind) { return between(kind, NAME, TEXT) || between(kind, MISSING, OVER); }

/* What ends an operand of a comparison, besides brackets. */
static bool bounds(int kind)
{
    return !kind || kind == END || kind == PIPE || kind == TAG || between(kind, AND, OR) || between(kind, NOT, ELSE)
        || one_of(kind, ",:=");
}

/* `a < b < c` -> "write `a < b and b < c`": the operands left, between and right of the two signs, as the file has them. */
static const char *unchained(struct source *s, const struct token *got)
{
    const struct parser *p = s->parser;
    const struct token *first = p->laid.at, *left, *right, *sign = NULL;
    int depth = 0;
    for (left = got; left > first; left--) {
        const struct token *t = left - 1;
        if (one_of(t->kind, ")]}")) depth++;
        else if (one_of(t->kind, "([{") || t->kind == SET) depth--;
        if (depth < 0) break;
        if (depth) continue;
        if (!sign && compares(t->kind)) sign = t;
        else if (bounds(t->kind)) break;
        else if (left < got && is_operand(t->kind) && is_operand(left->kind)) break;    /* `where 0 < a`: the word is no operand */
    }
    for (right = got + 1, depth = 0; right->kind; right++) {
        if (one_of(right->kind, "([{") || right->kind == SET) depth++;
        else if (one_of(right->kind, ")]}")) depth--;
        if (depth < 0) break;
        if (depth) continue;
        if (bounds(right->kind) || compares(right->kind)
            || (right > got + 1 && is_operand(right->kind) && is_operand(right[-1].kind))) break;
    }
    const bool whole = sign && sign != left && right != got + 1 && sign->kind != IS && got->kind != IS;
    if (!whole || right[-1].at.to - left->at.from > 100) return "join two with `and`";
    return source_printf(s, "write `%s and %s`", slice(s, left->at.from, got[-1].at.to),
                         slice(s, sign[1].at.from, right[-1].at.to));
}

/* `a |> f + 1` -> "write `(a |> f) +`". */
static const char *parenthesised(struct source *s, const struct token *got)
{
    const struct token *first = ((struct parser *)s->parser)->laid.at, *left;
    int depth = 0;
    for (left = got; left > first; left--) {
        const struct token *t = left - 1;
        if (one_of(t->kind, ")]}")) depth++;
        else if (one_of(t->kind, "([{") || t->kind == SET) depth--;
        if (depth < 0 || (!depth && (t->kind == END || between(t->kind, IF, ELSE) || one_of(t->kind, ",:=")
                                     || between(t->kind, PREDICT, LET)))) break;
    }
    const struct span at = {left->at.from, got[-1].at.to};
    return at.to - at.from > 60 || left == got ? "" : source_printf(s, "write `(%s) %s`", slice(s, at.from, at.to), slice(s,
        got->at.from, got->at.to));
}

/* Forty expected tokens are a few kinds of thing. `may` says which kinds are among them. */
enum { VALUE = 1, A_NAME = 2, OPERATOR = 4, PIPED = 8, BRACE = 16, OTHERWISE = 32 };

static const char *kind_of(int k, int may)
{
    const char *text = yysymbol_name(k), c = *text == '\'' ? text[1] : 'x';
    if (may & OPERATOR && (between(k, YYSYMBOL_RANGE, YYSYMBOL_IS) || strchr("+-*/^<>", c))) return "an operator";
    if (may & VALUE && (between(k, YYSYMBOL_NAME, YYSYMBOL_SET) || between(k, YYSYMBOL_NOT, YYSYMBOL_OVER)
                        || strchr("-[", c))) return "a value";
    if (may & A_NAME && between(k, YYSYMBOL_PIPELINE, YYSYMBOL_OVER)) return "a name";
    return strchr("(.", c) ? NULL : text;
}

/* "expected a value, `)`"; *single: how to write it, when there is only one. */
static const char *expected(struct source *s, const yysymbol_kind_t *want, int n, int may, const char **single)
{
    const char *list = "", *seen[YYNTOKENS];
    int found = 0;
    for (int i = 0; i < n; i++) {
        const char *text = kind_of(want[i], may);
        bool new = text && want[i] != YYSYMBOL_END;
        for (int k = 0; k < found && new; k++) new = strcmp(seen[k], text) != 0;
        if (!new || found == 8) continue;
        const bool sign = *text == '\'', word = !sign && text == yysymbol_name(want[i])
            && between(want[i], YYSYMBOL_PIPE, YYSYMBOL_OVER);
        const char *name = sign ? source_printf(s, "`%c`", text[1]) : word ? source_printf(s, "`%s`", text) : text;
        *single = !found && (sign || word) ? name : "";
        list = source_printf(s, "%s%s%s", list, found ? ", " : "; expected ", name);
        seen[found++] = text;
    }
    return list;
}

static const char *near_word(const struct token *t)
{
    const char *words[YYSYMBOL_LET - YYSYMBOL_PIPELINE + 1];
    const int first = t->depth ? YYSYMBOL_PREDICT : YYSYMBOL_PIPELINE, last = t->depth ? YYSYMBOL_LET : YYSYMBOL_MODEL;
    for (int k = first; k <= last; k++) words[k - first] = yysymbol_name(k);
    return nearest_name(t->text, words, (size_t)(last - first + 1));
}

static int yyreport_syntax_error(const yypcontext_t *context, struct source *s)
{
    struct parser *p = s->parser;
    const struct token *got = &p->laid.at[p->next - 1], *before = got - (got > p->laid.at), *first = got;
    if (!yypcontext_location(context) || p->next == p->laid.n) got = &p->laid.at[p->laid.n - 1], before = first = got;
    while (first > p->laid.at && first[-1].kind != END && first[-1].kind != '{') first--;
    if (got->kind != END) p->skip = got->depth;

    yysymbol_kind_t want[YYNTOKENS];
    const int n = yypcontext_expected_tokens(context, want, YYNTOKENS);
    int may = 0;
    for (int i = 0; i < n; i++)
        switch (want[i]) {
        case YYSYMBOL_NUMBER: may |= VALUE; break;
        case YYSYMBOL_NAME:   may |= A_NAME; break;
        case YYSYMBOL_AND:    may |= OPERATOR; break;
        case YYSYMBOL_PIPE:   may |= PIPED; break;
        case YYSYMBOL_ELSE:   may |= OTHERWISE; break;
        default:              may |= yysymbol_name(want[i])[1] == '{' ? BRACE : 0; break;
        }

    const char *text = shown(s, got), *near = first->kind == NAME && got - first <= 2 ? near_word(first) : NULL;
    if (syntax_slip(s, first, got)) return 0;
    if (near)
        syntax_error(s, "E001", first->at, source_printf(s, "write `%s`", near), "`%s` starts no statement; did you mean `%s`?",
                     shown(s, first), near);
    else if (before->kind == NUMBER && got->kind == NAME && (literal_unit(text) || literal_unit_near(text)))
        syntax_error(s, "E004", got->at, source_printf(s, "write `%s%s`", before->text, literal_unit(text) ? text
                                                       : literal_unit_near(text)), "a unit is part of its number");
    else if (got->kind == '=' && may & OPERATOR)
        syntax_error(s, "E001", got->at, "write `==`", "`=` defines a new value; `==` compares");
    else if (may & OTHERWISE && (one_of(got->kind, ")]},") || got->kind == END || got->kind == PIPE || got->kind == TAG))
        syntax_error(s, "E001", got->kind == END ? before->at : got->at, "add `else` and a value, or `else missing`",
                     "this `if` has no `else`");
    else if (got->kind == RANGE && may & OPERATOR)
        syntax_error(s, "E001", got->at, "write `a..b`", "a range has two ends");
    else if (operates(got->kind) && may & OPERATOR)
        syntax_error(s, "E001", got->at, unchained(s, got), "comparisons do not chain");
    else if (operates(got->kind) && may & PIPED)
        syntax_error(s, "E001", got->at, parenthesised(s, got), "`|>` binds loosest: put what stands left of `%s` in parentheses",
                     text);
    else if (between(got->kind, AND, FALSE) && may & A_NAME && !(may & VALUE))
        syntax_error(s, "E001", got->at, source_printf(s, "write `` `%s` ``", text),
                     "`%s` is a reserved word; to use it as a name write it in back-quotes", text);
    else if (got->kind == NAME && may & OPERATOR && (!strcmp(text, "elif") || !strcmp(text, "elseif")))
        syntax_error(s, "E001", got->at, "write `else if`", "there is no `%s`", text);
    else if (between(got->kind, NAME, TEXT) && may & OPERATOR)
        syntax_error(s, "E001", got->at, "put a comma before it, or an operator", "unexpected `%s`: is a comma missing before it?",
                     text);
    else if (first->kind == NAME && !first->depth && !(may & OPERATOR) && got - first <= 2 && may & BRACE)
        syntax_error(s, "E001", got->kind == END ? before->at : got->at, source_printf(s, "write `%s { … }`", shown(s, first)),
                     "`%s` starts no declaration, and a block wants `{` here", shown(s, first));
    else {
        const char *single = "", *list = expected(s, want, n, may, &single), *fix = *single ? source_printf(s, "write %s", single)
            : "";
        if (got == first + 1 && between(first->kind, PREDICT, LET) && *first->text)
            fix = source_printf(s, "if `%s` is a name here, write it in back-quotes", first->text);
        if (!got->kind) syntax_error(s, "E001", before->at, fix, "the file ends too early%s", list);
        else if (got->kind == END) syntax_error(s, "E001", before->at, fix, "the statement ends too early%s", list);
        else syntax_error(s, "E001", got->at, fix, "unexpected `%s`%s", text, list);
    }
    return 0;
}

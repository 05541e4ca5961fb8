/* names.c: what a name that does not exist probably meant. First what other tools call the same thing (a table), then the nearest
 * spelling. It suggests only what the caller offers as a candidate, so a suggestion is always right at that place. */
#include <string.h>
#include "compiler/sema/sema.h"

/* scikit-learn, LightGBM, XGBoost, PyTorch, pandas, SQL -> our spelling; a spelling with several rows: the first candidate wins. */
static const char *const elsewhere[][2] = {
    {"num_leaves", "leaves"}, {"max_leaves", "leaves"}, {"max_leaf_nodes", "leaves"}, {"n_estimators", "trees"},
    {"num_trees", "trees"}, {"num_iterations", "trees"}, {"num_boost_round", "trees"}, {"num_round", "trees"},
    {"n_trees", "trees"}, {"nrounds", "trees"}, {"iterations", "trees"}, {"iterations", "epochs"}, {"max_iter", "trees"},
    {"max_iter", "epochs"}, {"max_depth", "depth"}, {"lr", "learning_rate"}, {"eta", "learning_rate"},
    {"shrinkage", "learning_rate"}, {"rate", "learning_rate"}, {"min_child_samples", "min_rows"},
    {"min_data_in_leaf", "min_rows"}, {"min_samples_leaf", "min_rows"}, {"min_samples", "min_rows"},
    {"min_child_weight", "min_hessian"}, {"min_sum_hessian_in_leaf", "min_hessian"}, {"min_split_gain", "min_gain"}, {"max_delta_step", "max_step"},
    {"min_gain_to_split", "min_gain"}, {"min_impurity_decrease", "min_gain"}, {"gamma", "min_gain"}, {"reg_alpha", "l1"},
    {"lambda_l1", "l1"}, {"reg_lambda", "l2"}, {"lambda_l2", "l2"}, {"lambda", "l2"}, {"C", "l2"}, {"alpha", "l2"},
    {"penalty", "l2"}, {"weight_decay", "l2"}, {"ridge", "l2"}, {"lasso", "l1"}, {"subsample", "rows"},
    {"bagging_fraction", "rows"}, {"colsample_bytree", "columns"}, {"feature_fraction", "columns"}, {"max_features", "columns"},
    {"max_bin", "bins"}, {"max_bins", "bins"}, {"n_bins", "bins"}, {"patience", "early_stopping"},
    {"early_stopping_rounds", "early_stopping"}, {"early_stop", "early_stopping"}, {"stopping_rounds", "early_stopping"},
    {"n_iter_no_change", "early_stopping"}, {"batch_size", "batch"}, {"num_epochs", "epochs"}, {"n_epochs", "epochs"},
    {"criterion", "loss"}, {"objective", "loss"}, {"class_weight", "balance"}, {"random_state", "seed"}, {"random_seed", "seed"},
    {"train_size", "train"}, {"training", "train"}, {"test_size", "test"}, {"valid", "validation"}, {"val", "validation"},
    {"validation_size", "validation"}, {"dev", "validation"}, {"groups", "group"}, {"group_by", "group"},
    {"stratified", "stratify"}, {"sep", "delimiter"}, {"separator", "delimiter"}, {"na_values", "missing"}, {"null", "missing"},
    {"nulls", "missing"}, {"na", "missing"}, {"file", "path"}, {"filename", "path"}, {"filepath", "path"}, {"url", "path"},
    {"strategy", "with"}, {"smoothing", "smooth"}, {"LogisticRegression", "linear"}, {"LinearRegression", "linear"},
    {"Ridge", "linear"}, {"Lasso", "linear"}, {"ElasticNet", "linear"}, {"logistic", "linear"}, {"logistic_regression", "linear"},
    {"linear_regression", "linear"}, {"logit", "linear"}, {"glm", "linear"}, {"LGBMClassifier", "boosted_trees"},
    {"LGBMRegressor", "boosted_trees"}, {"LGBMRanker", "boosted_trees"}, {"lightgbm", "boosted_trees"}, {"lgbm", "boosted_trees"},
    {"XGBClassifier", "boosted_trees"}, {"XGBRegressor", "boosted_trees"}, {"xgboost", "boosted_trees"}, {"xgb", "boosted_trees"},
    {"catboost", "boosted_trees"}, {"CatBoostClassifier", "boosted_trees"}, {"gbdt", "boosted_trees"}, {"gbm", "boosted_trees"},
    {"gradient_boosting", "boosted_trees"}, {"GradientBoostingClassifier", "boosted_trees"},
    {"GradientBoostingRegressor", "boosted_trees"}, {"HistGradientBoostingClassifier", "boosted_trees"},
    {"HistGradientBoostingRegressor", "boosted_trees"}, {"RandomForestClassifier", "random_forest"},
    {"RandomForestRegressor", "random_forest"}, {"forest", "random_forest"}, {"GaussianNB", "naive_bayes"},
    {"KNeighborsClassifier", "nearest"}, {"knn", "nearest"}, {"mlp", "dense"}, {"Linear", "dense"}, {"Dense", "dense"},
    {"Embedding", "embed"}, {"StandardScaler", "standardize"}, {"scale", "standardize"}, {"zscore", "standardize"},
    {"normalize", "standardize"}, {"standardise", "standardize"}, {"MinMaxScaler", "min_max"}, {"RobustScaler", "robust_scale"},
    {"SimpleImputer", "impute"}, {"fillna", "fill"}, {"coalesce", "fill"}, {"OneHotEncoder", "one_hot"}, {"MultiLabelBinarizer", "multi_hot"},
    {"get_dummies", "one_hot"}, {"TargetEncoder", "target_encode"}, {"OrdinalEncoder", "ordinal_encode"},
    {"KBinsDiscretizer", "bucket"}, {"TfidfVectorizer", "tfidf"}, {"PCA", "pca"}, {"log10", "log"}, {"ln", "log"},
    {"dayofweek", "weekday"}, {"day_of_week", "weekday"}, {"isoweekday", "weekday"}, {"dow", "weekday"}, {"dayofyear", "day_of_year"},
    {"day_of_month", "day"}, {"doy", "day_of_year"}, {"weekofyear", "week"}, {"isocalendar", "week"}, {"tz_convert", "in_zone"},
    {"astimezone", "in_zone"}, {"to_date", "date"}, {"normalize_date", "date"}, {"sin_cos", "cyclic"}, {"cyclical", "cyclic"},
    {"len", "length"}, {"startswith", "starts_with"}, {"endswith", "ends_with"}, {"search", "matches"}, {"match", "matches"},
    {"regex", "matches"}, {"regexp_extract", "extract"}, {"findall", "extract"}, {"sub", "replace"}, {"regexp_replace", "replace"},
    {"concat", "join"}, {"cat", "join"}, {"to_numeric", "number"}, {"parse_number", "number"}, {"strip_tags", "plain"}, {"left", "prefix"},
    {"substr", "prefix"}, {"anonymize", "redact"}, {"casefold", "lower"}, {"strip", "trim"}, {"tolower", "lower"}, {"toupper", "upper"}, {"clamp", "clip"}, {"average", "mean"},
    {"avg", "mean"}, {"std", "sd"}, {"stdev", "sd"}, {"stddev", "sd"}, {"variance", "var"}, {"auc", "roc_auc"},
    {"auroc", "roc_auc"}, {"roc_auc_score", "roc_auc"}, {"average_precision", "pr_auc"}, {"aucpr", "pr_auc"}, {"auprc", "pr_auc"},
    {"logloss", "log_loss"}, {"cross_entropy", "log_loss"}, {"binary_crossentropy", "log_loss"}, {"bce", "log_loss"},
    {"f1_score", "f1"}, {"accuracy_score", "accuracy"}, {"acc", "accuracy"}, {"mean_absolute_error", "mae"}, {"l1_loss", "mae"},
    {"mean_squared_error", "mse"}, {"root_mean_squared_error", "rmse"}, {"r2_score", "r2"}, {"r_squared", "r2"}, {"dcg", "ndcg"},
    {"mse", "squared"}, {"mse_loss", "squared"}, {"l2_loss", "squared"}, {"MSELoss", "squared"}, {"mae", "absolute"},
    {"BCELoss", "log_loss"}, {"tpr", "recall"}, {"sensitivity", "recall"}, {"ppv", "precision"},
    {"demographic_parity", "demographic_parity_difference"}, {"statistical_parity_difference", "demographic_parity_difference"},
    {"read_csv", "csv"}, {"tsv", "csv"}, {"json", "jsonl"}, {"ndjson", "jsonl"}, {"read_parquet", "parquet"},
    {"train_test_split", "random"}, {"shuffle", "random"}, {"kfold", "folds"}, {"KFold", "folds"}, {"cv", "folds"},
    {"time", "by_time"}, {"DummyClassifier", "majority"}, {"most_frequent", "majority"}, {"constant", "majority"},
    {"DummyRegressor", "mean"}, {"string", "text"}, {"str", "text"}, {"varchar", "text"}, {"integer", "int"}, {"long", "int"},
    {"number", "float"}, {"double", "float"}, {"real", "float"}, {"decimal", "float"}, {"boolean", "bool"}, {"datetime", "time"},
    {"timestamp", "time"}, {"enum", "category"}, {"categorical", "category"}, {"factor", "category"}, {"ordered", "ordinal"},
    {"uuid", "id"}, {"identifier", "id"}, {"timedelta", "duration"}, {"target", "outcome"}, {"label", "outcome"},
    {"personal", "pii"}, {"protected", "sensitive"}, {"primary_key", "key"}, {"ignore", "never"},
};

const char *name_suggest(const char *name, const char *const *candidate, size_t n)
{
    for (size_t k = 0; k < sizeof elsewhere / sizeof *elsewhere; k++)
        if (!strcmp(name, elsewhere[k][0]))
            for (size_t i = 0; i < n; i++)
                if (!strcmp(candidate[i], elsewhere[k][1])) return candidate[i];
    return nearest_name(name, candidate, n);
}

const words = (text: string) => text.trim().split(/\s+/);

/**
 * The functions that read nothing but their arguments. Any other one may read a table that is named in a string, as
 * `query_to_xml` does, or by a body of its own.
 */
export const PLAIN_FUNCTIONS: ReadonlySet<string> = new Set([
  ...words("count sum avg min max total group_concat string_agg array_agg bool_and bool_or every mode"),
  ...words("json_agg jsonb_agg json_object_agg jsonb_object_agg json_group_array json_group_object"),
  ...words("stddev stddev_pop stddev_samp variance var_pop var_samp corr percentile_cont percentile_disc"),
  ...words(
    "row_number rank dense_rank percent_rank cume_dist ntile lag lead first_value last_value nth_value",
  ),
  ...words("coalesce nullif ifnull iif greatest least exists any all some in not grouping rollup cube row"),
  ...words("abs ceil ceiling floor round trunc sign mod power pow sqrt exp ln log log10 log2 random div"),
  ...words("sin cos tan asin acos atan atan2 degrees radians pi width_bucket"),
  ...words(
    "lower upper initcap length char_length character_length octet_length substr substring trim ltrim",
  ),
  ...words(
    "rtrim btrim replace translate concat concat_ws left right lpad rpad repeat reverse split_part strpos",
  ),
  ...words("position instr starts_with format printf quote hex unicode char chr ascii md5 to_char to_number"),
  ...words(
    "regexp_replace regexp_match regexp_matches regexp_like regexp_count regexp_substr like glob typeof",
  ),
  ...words(
    "now current_date date time datetime julianday unixepoch strftime timediff date_trunc date_part age",
  ),
  ...words("extract to_date to_timestamp make_date make_time make_timestamp make_interval clock_timestamp"),
  ...words(
    "json json_array json_array_length json_extract json_object json_type json_valid json_each json_tree",
  ),
  ...words(
    "jsonb json_array_elements json_array_elements_text jsonb_array_elements jsonb_array_elements_text",
  ),
  ...words(
    "jsonb_array_length json_build_object jsonb_build_object json_build_array jsonb_build_array json_typeof",
  ),
  ...words("jsonb_typeof json_each_text jsonb_each jsonb_each_text json_object_keys jsonb_object_keys"),
  ...words(
    "json_extract_path json_extract_path_text jsonb_extract_path jsonb_extract_path_text to_json to_jsonb",
  ),
  ...words("row_to_json array_length cardinality array_to_string string_to_array unnest generate_series"),
]);

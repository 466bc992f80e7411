{#
  robot_option(name): the chosen reading of a numbered ambiguity of robot_upstream (methods.md 4) as a dbt var; the first value is the default.
      robot_zero_imports    A-003-2  cities without robot imports: drop, or fill with a share of zero
      robot_lnlp            A-003-5  productivity from gross output, or from value added (absent after 2007)
      robot_parts_whole     A-003-6  all parts: imports plus output of upstream firms of the city, or national part imports
      robot_median_cities   A-003-8  median employment over cities with any, or over all cities
      robot_gap_prices      4.7      gap in constant prices and currency of 2012, or in current ones
      robot_threshold_rows  0.2      quantile groups over the estimation sample (positive patents), or over the whole panel
      robot_event_share     beyond   first large import: robot share of the city at which the event of the event study happens
      robot_instrument_from 4.6      2000 with imputed sector stocks to 2003, or 2004
  upstream_keyword_list (A-003-1) is read by the scope macros; A-003-3 and A-003-4 are formula and vcov of the study file.
  A-003-7: product kinds are distinct HS8 exported; the survey's product fields are not in its contract.
  An unlisted value stops the compilation: --vars '{robot_lnlp: value_added}'.
#}
{% macro robot_option(name) -%}
{%- set readings = {
    'robot_zero_imports': ['drop', 'fill'],
    'robot_lnlp': ['output', 'value_added'],
    'robot_parts_whole': ['city', 'national_imports'],
    'robot_median_cities': ['positive', 'all'],
    'robot_gap_prices': ['constant', 'current'],
    'robot_threshold_rows': ['estimation', 'panel'],
    'robot_instrument_from': [2000, 2004],
    'robot_event_share': [0.01, 0.005, 0.02],
} -%}
{%- set chosen = var(name, readings[name][0]) -%}
{%- if chosen not in readings[name] -%}
    {{ exceptions.raise_compiler_error("option " ~ name ~ " cannot be " ~ chosen ~ ": one of " ~ readings[name]) }}
{%- endif -%}
{{ return(chosen) }}
{%- endmacro %}

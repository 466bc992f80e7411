{#
  option(name): the chosen reading of a numbered ambiguity of methods.md, as a dbt var with the documented default (the first value listed).
  An unlisted value stops the compilation: --vars '{network_unit: partners}'.
  readings_of(name): every reading of it, for models that compute them side by side.

  Those of robot_upstream (methods.md 4):
      robot_zero_imports    A-003-2  cities without robot imports: drop, or fill with a share of zero
      robot_lnlp            A-003-5  productivity from gross output, or from value added (absent after 2007)
      robot_parts_whole     A-003-6  all parts: imports plus output of upstream firms of the city, or national part imports
      robot_median_cities   A-003-8  median employment over cities with any, or over all cities
      robot_gap_prices      4.7      gap in constant prices and currency of 2012, or in current ones
      robot_ownership       4.5      largest paid-in capital (registration type where none is given), or registration type
      robot_sa_caps         4.7      size-age index without caps, or with the original ones (size ln 4500, age 37)
      robot_threshold_rows  0.2      quantile groups over the estimation sample (positive patents), or over the whole panel
      robot_instrument_from 4.6      2000 with imputed sector stocks to 2003, or 2004
      robot_residual_cities 4.8      net robot use: year effects, or city effects besides
      robot_event_share     beyond   first large import: robot share of the city at which the event of the event study happens
  upstream_keyword_list (A-003-1) is read by the scope macros; A-003-3 and A-003-4 are formula and vcov of the study file.
  A-003-7: product kinds are distinct HS8 exported; the survey's product fields are not in its contract.
#}
{% macro readings_of(name) -%}
{%- set readings = {
    'ipc_level': ['longest_prefix', 'subclass'],
    'first_outcome_year': [2002, 2003],
    'moderator_lag': [1, 0],
    'asset_debt': ['liabilities_to_assets', 'assets_to_liabilities'],
    'bartik': ['as_printed', 'cumulative', 'leave_one_out'],
    'network_unit': ['pairs', 'applications', 'partners'],
    'foreign_dummy': ['year', 'ever'],
    'hmt_owners': ['domestic', 'foreign'],
    'proximity': ['pooled', 'by_year'],
    'unlisted_window': ['zero', 'null'],
    'breakthrough_base': ['list', 'all'],
    'hightech_level': ['csrc2', 'finest_code'],
    'section_lost_years': [2003, 2002],
    'winsor_years': ['pooled', 'each'],
    'patent_ipc': ['main', 'any'],
    'listed_years': ['to_2019', 'in_panel'],
    'direct_pilots': ['with_subsidiaries', 'firm_only'],
    'firm_city': ['registered', 'office'],
    'size': ['yuan', 'ln'],
    'iv1_users': ['level', 'ln', 'lagged'],
    'iv2_reselection': ['no', 'yes'],
    'similarity_pool': ['moving', 'fixed_2014'],
    'volatility': ['ln_sd', 'cv', 'sd_growth'],
    'width3': ['dispersion', 'concentration'],
    'width4': ['ln', 'count'],
    'robot_zero_imports': ['drop', 'fill'],
    'robot_lnlp': ['output', 'value_added'],
    'robot_parts_whole': ['city', 'national_imports'],
    'robot_median_cities': ['positive', 'all'],
    'robot_gap_prices': ['constant', 'current'],
    'robot_threshold_rows': ['estimation', 'panel'],
    'robot_instrument_from': [2000, 2004],
    'robot_ownership': ['capital', 'registration_type'],
    'robot_sa_caps': ['none', 'original'],
    'robot_residual_cities': ['none', 'effects'],
    'robot_event_share': [0.01, 0.005, 0.02],
} -%}
{{ return(readings[name]) }}
{%- endmacro %}

{% macro option(name) -%}
{%- set readings = readings_of(name) -%}
{%- set chosen = var(name, readings[0]) -%}
{%- if chosen not in readings -%}
    {{ exceptions.raise_compiler_error("option " ~ name ~ " cannot be " ~ chosen ~ ": one of " ~ readings) }}
{%- endif -%}
{{ return(chosen) }}
{%- endmacro %}

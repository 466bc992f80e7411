{#
  option(name): the chosen reading of a numbered ambiguity of methods.md, as a dbt var with the documented default (the first value listed).
  An unlisted value stops the compilation: --vars '{network_unit: partners}'.
  readings_of(name): every reading of it, for models that compute them side by side.
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

{#
  Where the rows of every source table are judged: [source, table, model with drop_reason]. A table that no model screens keeps all its rows.
  A new source table gets a line here; the test dq_row_accounting_covers_every_source_table says when one is missing.
#}
{% macro screened_tables() -%}
{{ return([
    ['listed_basics', 'firms', 'int_listed_firms__screened'],
    ['listed_basics', 'names', 'int_listed_names__screened'],
    ['listed_basics', 'subsidiaries', 'int_subsidiaries__screened'],
    ['cnrds_firm_years', 'firm_years', 'int_cnrds_firm_years__screened'],
    ['csmar_firm_years', 'financials', 'int_csmar_financials__screened'],
    ['csmar_firm_years', 'profiles', 'int_csmar_profiles__screened'],
    ['patents', 'applications', 'int_patents__screened'],
    ['experts', 'by_province', 'int_experts_by_province__screened'],
    ['experts', 'by_origin', 'int_experts_by_origin__screened'],
    ['experts', 'by_type', 'int_experts_by_type__screened'],
    ['experts', 'by_industry', 'int_experts_by_industry__screened'],
    ['province_yearbook', 'province_years', 'int_province_years__screened'],
    ['city_coordinates', 'cities', 'int_city_coordinates__screened'],
    ['internet_users', 'national', 'int_internet_users__screened'],
    ['annual_reports', 'word_counts', 'int_word_counts__screened'],
    ['subsidies', 'lines', 'int_subsidy_lines__screened'],
    ['pilots', 'units', 'int_pilot_units__screened'],
    ['city_yearbook', 'city_years', 'int_city_years__screened'],
    ['registrations', 'enterprises', 'int_enterprises__screened'],
    ['asif', 'firm_years', 'int_industrial_firm_years__screened'],
    ['customs', 'transactions', 'int_customs_transactions__screened'],
    ['ifr', 'robots', 'int_ifr_robots__screened'],
    ['us_industry', 'employment', 'int_us_employment__screened'],
    ['us_industry', 'productivity', 'int_us_productivity__screened'],
    ['sfrc', 'responses', 'int_sfrc_responses__screened'],
    ['universities', 'yearbook', 'int_university_yearbooks__screened'],
    ['universities', 'talent', 'int_university_talents__screened'],
    ['universities', 'joint_papers', 'int_university_papers__screened'],
    ['universities', 'overseas_applications', 'int_university_overseas__screened'],
    ['reference', 'sei_ipc', none],
    ['reference', 'gb2260', none],
    ['reference', 'cic_concordance', none],
    ['reference', 'hs_bec', none],
    ['reference', 'hs_conversion', none],
]) }}
{%- endmacro %}

{# The screens of each panel: [panel, model with drop_reason per candidate row]. #}
{% macro sample_models() -%}
{{ return([
    ['pnl_talent_keytech', 'int_talent_keytech__sample'],
    ['pnl_university_exchange', 'int_university_exchange__sample'],
    ['pnl_talent_retention', 'int_talent_retention__sample'],
    ['pnl_robot_upstream', 'int_robot_upstream__sample'],
    ['pnl_pilot_spillover', 'int_pilot_spillover__sample'],
]) }}
{%- endmacro %}

{# Columns of int_talent_keytech__readings: firm-level continuous ones, which are winsorised, and dummies. Name = variable, then its readings. #}
{% macro readings_columns() -%}
{%- set continuous, dummies = [], [] -%}
{%- for level in readings_of('ipc_level') -%}
    {%- for name in ['keypat', 'purpat', 'leadpat'] -%}{%- do continuous.append('ln' ~ name ~ '_' ~ level) -%}{%- endfor -%}
    {%- for window in readings_of('unlisted_window') -%}{%- do dummies.append('dum_keyadv_' ~ level ~ '_' ~ window) -%}{%- endfor -%}
{%- endfor -%}
{%- for reading in readings_of('asset_debt') -%}{%- do continuous.append('asset_debt_' ~ reading) -%}{%- endfor -%}
{%- for lag in readings_of('moderator_lag') -%}
    {%- for hmt in readings_of('hmt_owners') -%}
        {%- for unit in readings_of('network_unit') -%}
            {%- for name in ['dnetwork', 'dschool', 'dfirm'] -%}
                {%- do continuous.append('ln' ~ name ~ '_obs_' ~ unit ~ '_' ~ hmt ~ '_lag' ~ lag) -%}
            {%- endfor -%}
        {%- endfor -%}
        {%- for reading in readings_of('foreign_dummy') -%}
            {%- do dummies.append('dum_fnetwork_' ~ reading ~ '_' ~ hmt ~ '_lag' ~ lag) -%}
        {%- endfor -%}
    {%- endfor -%}
    {%- for proximity in readings_of('proximity') -%}{%- do continuous.append('frelate_' ~ proximity ~ '_lag' ~ lag) -%}{%- endfor -%}
{%- endfor -%}
{%- for reading in readings_of('hightech_level') -%}{%- do dummies.append('hightech_' ~ reading) -%}{%- endfor -%}
{{ return({'continuous': continuous, 'dummies': dummies}) }}
{%- endmacro %}

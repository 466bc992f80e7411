{#
  screen_rows(relation, key, faults)   every row of the relation and its drop_reason (null = kept), in this order:
      the faults      a list of [reason, SQL condition]
      malformed_key   a key column is null
      duplicate       a later row (by _file, _row) with the same key
  with_province(relation), with_city(relation, column)   the relation with province_code, or city_code, of its written place (null: unknown)
#}
{% macro screen_rows(relation, key, faults=[]) -%}
{%- set fault -%}
case
            {%- for reason, condition in faults %}
            when {{ condition }} then '{{ reason }}'
            {%- endfor %}
            when {{ key | join(' is null or ') }} is null then 'malformed_key'
        end
{%- endset -%}
with judged as (
    select
        *,
        {{ fault }} as fault,
        row_number() over (partition by {{ key | join(', ') }}, ({{ fault }}) is null order by _file, _row) as copy_no
    from {{ relation }}
)

select
    *,
    case when fault is null and copy_no > 1 then 'duplicate' else fault end as drop_reason
from judged
{%- endmacro %}

{% macro with_province(relation) -%}
(
        select written.*, place.province_code
        from {{ relation }} as written
        left join {{ ref('seed_province') }} as place on {{ province_key('written.province') }} = substr(place.province_short, 1, 2)
    ) as placed
{%- endmacro %}

{% macro with_city(relation, column='city') -%}
(
        select written.*, place.city_code
        from {{ relation }} as written
        left join {{ ref('int_city_names') }} as place on {{ city_key('written.' ~ column) }} = place.city_key
    ) as placed
{%- endmacro %}

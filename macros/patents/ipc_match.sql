{#
  ipc_match(codes_relation, code_column, rules_relation)

  A select distinct of (ipc, rule_no, subfield_code, ipc_pattern): which rules a symbol falls under. codes_relation holds normalised
  symbols (ipc_normalise; repeated ones are matched once); rules_relation is the result of ipc_rules. Equi-joins on the key of each
  level, exclusions taken away per part, so cost grows with codes + rules and not with their product.
  Materialise the result as a small model of its own (about 100 000 symbols exist) and join patents to it.
#}
{% macro ipc_match(codes_relation, code_column, rules_relation) -%}
with codes as (
    select distinct {{ code_column }} as ipc from {{ codes_relation }} where {{ code_column }} is not null
),

keyed as (
    select ipc, 1 as level, {{ ipc_section('ipc') }} as ipc_key, null as subgroup from codes
    union all
    select ipc, 3, {{ ipc_class('ipc') }}, null from codes
    union all
    select ipc, 4, {{ ipc_subclass('ipc') }}, null from codes
    union all
    select ipc, 5, {{ ipc_main_group('ipc') }}, null from codes
    union all
    select ipc, 6, {{ ipc_main_group('ipc') }}, split_part(ipc, '/', 2) from codes where ipc like '%/%'
    union all
    select ipc, 7, ipc, null from codes where ipc like '%/%'
),

hits as (
    select keyed.ipc, rules.*
    from keyed
    inner join {{ rules_relation }} as rules
        on keyed.level = rules.level and keyed.ipc_key = rules.ipc_key
        and (rules.level <> 6 or keyed.subgroup between rules.from_subgroup and rules.to_subgroup)
)

select distinct hits.ipc, hits.rule_no, hits.subfield_code, hits.ipc_pattern
from hits
where not hits.is_exclusion
    and not exists (
        select 1
        from hits as excluded
        where excluded.is_exclusion
            and excluded.ipc = hits.ipc
            and excluded.row_id = hits.row_id
            and excluded.part_no = hits.part_no
            and (excluded.level > hits.level or excluded.level = 6)
    )
{%- endmacro %}

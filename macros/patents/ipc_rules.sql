{#
  ipc_rules(relation, rule_column='rule_no', label_column='subfield_code', pattern_column='ipc_pattern', exclude_column='exclude_patterns')

  A select that parses official notation into
      row_id, part_no    the row of the relation (numbered in the order of its text) and the part within its pattern
      rule_no, subfield_code, ipc_pattern    as in the relation, as text
      token              what was parsed
      is_exclusion       the token is taken away from its part
      level, ipc_key, from_subgroup, to_subgroup    see below

  A pattern is one symbol or a list (; ； 、 , ，) of
      A*                      section                      level 1
      C08*   C08              class                        level 3
      B41J*  B41J             subclass                     level 4
      B41J2* B41J2            that main group, not B41J29  level 5
      H01L21/00-H01L21/98     subgroups within bounds      level 6, one row per main group; H04L27/26* is 26, 261, 262 ...
      H04L27/26               that subgroup, not 27/261    level 7
  ranges also of main groups (G06F1*-G06F3*), subclasses (C08F-C08L) and classes (C08-C09), with - ~ ～ — 至, the end in full or short
  (A61K31/00-33/44, H01L21/00-98), each with its own （不含 list）; exclude_column holds further exclusions of every part of the row.
  An exclusion acts on its own part only, and only where it is narrower than the part (methods 5.2).
  A token that cannot be read has level null: never skipped, tested for.
#}
{% macro ipc_rules(relation, rule_column='rule_no', label_column='subfield_code', pattern_column='ipc_pattern', exclude_column='exclude_patterns') -%}
with tokens as (
    {{ ipc_tokens(relation, rule_column, label_column, pattern_column, exclude_column) }}
),

ends as (
    select
        *,
        split_part(replace(token, '~', '-'), '-', 1) as low_text,
        split_part(replace(token, '~', '-'), '-', 2) as high
    from tokens
),

pieces as (
    select
        *,
        {{ ipc_pieces('low_text', 'low') }},
        {{ ipc_pieces("case when high = '' then low_text else " ~ ipc_full_end('low_text', 'high') ~ " end", 'top') }}
    from ends
),

steps as (
    select *, {{ ipc_step('low') }} as first_step, {{ ipc_step('top') }} as last_step from pieces
),

judged as (
    select
        *,
        coalesce(
            low_section <> '' and top_section = low_section
            and (top_class = '') = (low_class = '') and (top_subclass = '') = (low_subclass = '')
            and (top_main = '') = (low_main = '') and (top_sub = '') = (low_sub = '')
            and (low_subclass = '' or top_class = low_class) and (low_main = '' or top_subclass = low_subclass)
            and first_step <= last_step
            and not (low_class = '' and high <> ''),
            false
        ) as is_valid
    from steps
),

stepped as (
    select
        *,
        {{ rows_of(whole_numbers('case when is_valid then first_step else 0 end', 'case when is_valid then last_step else 0 end')) }} as step
    from judged
)

select
    row_id, part_no, rule_no, subfield_code, ipc_pattern, token, is_exclusion,
    case
        when not is_valid then null
        when low_class = '' then 1
        when low_subclass = '' then 3
        when low_main = '' then 4
        when low_sub = '' then 5
        when high <> '' or low_star <> '' then 6
        else 7
    end as level,
    case
        when not is_valid then null
        when low_class = '' then low_section
        when low_subclass = '' then low_section || lpad(step::string, 2, '0')
        when low_main = '' then low_section || low_class || chr(step)
        when low_sub = '' or high <> '' or low_star <> '' then low_section || low_class || low_subclass || step::string
        else low_section || low_class || low_subclass || step::string || '/' || low_sub
    end as ipc_key,
    case when is_valid and low_sub <> '' then case when step = first_step then low_sub else '00' end end as from_subgroup,
    case
        when not is_valid or low_sub = '' then null
        when step < last_step then '~'
        when low_star <> '' then low_sub || '~'
        else coalesce(nullif(top_sub, ''), low_sub)
    end as to_subgroup
from stepped
{%- endmacro %}

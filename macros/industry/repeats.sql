{#
  repeated_rows(relation, columns): a select of (_file, _row) of every row whose `columns` all equal those of an earlier row; the first
  of (_file, _row) stays. The 64-bit hash only narrows the search to candidates: equality is decided on the values themselves, so a
  collision costs time and never a row.
#}
{% macro repeated_rows(relation, columns) -%}
select _file, _row
from (
    select
        _file,
        _row,
        row_number() over (partition by {{ columns | join(', ') }} order by _file, _row) as copy_no
    from {{ relation }}
    where hash({{ columns | join(', ') }}) in (
        select hash({{ columns | join(', ') }}) from {{ relation }} group by 1 having count(*) > 1
    )
) as candidates
where copy_no > 1
{%- endmacro %}

{#
  unique_names(relation, owner): names (columns name_text, name_key, <owner>) as a look-up with one row per level and name:
  level text (the normalised name, legal form kept) and key (legal form cut), the owner where the name has exactly one, and how many
  it has. An ambiguous name has a null owner: it is reported and never guessed.
#}
{% macro unique_names(relation, owner) -%}
select
    name_level,
    name,
    case when count(distinct {{ owner }}) = 1 then min({{ owner }}) end as {{ owner }},
    count(distinct {{ owner }})::integer as owners
from (
    select 'text' as name_level, name_text as name, {{ owner }} from {{ relation }} where name_text is not null
    union all
    select 'key' as name_level, name_key as name, {{ owner }} from {{ relation }} where name_key is not null
) as names
group by name_level, name
{%- endmacro %}

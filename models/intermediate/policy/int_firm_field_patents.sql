-- Key applications by the nine strategic emerging industries, one column each (methods.md 5.12, X1).
{% set fields = ['it', 'equipment', 'material', 'bio', 'nev', 'energy', 'environment', 'digital', 'service'] %}

select
    firm.stkcd,
    firm.year,
    {%- for field in fields %}
    count(distinct firm.application_no) filter (where split_part(field.subfield_code, '.', 1) = '{{ loop.index }}')::integer as apply_zl_{{ field }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ ref('int_firm_patents') }} as firm
inner join {{ ref('int_patent_subfields') }} as field on firm.application_no = field.application_no
group by firm.stkcd, firm.year

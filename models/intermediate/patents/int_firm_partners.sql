-- One row per listed firm, application and co-owner other than the firm itself (methods.md 1.7; subsidiaries and parents are partners).
{% set domestic_hmt = option('hmt_owners') == 'domestic' %}

select
    firm.stkcd,
    firm.year,
    firm.application_no,
    partner.owner_key,
    {% if domestic_hmt -%} partner.is_foreign {%- else -%} partner.is_foreign or partner.is_hmt {%- endif %} as is_foreign,
    partner.is_research
from {{ ref('int_firm_patents') }} as firm
inner join {{ ref('fct_patent_owner') }} as partner on firm.application_no = partner.application_no
where partner.stkcd is null or partner.stkcd <> firm.stkcd

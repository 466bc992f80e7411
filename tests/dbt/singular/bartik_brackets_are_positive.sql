-- Fails where the shift-share bracket of a province is not positive or missing: its firms would leave the sample (methods.md 1.6).
select province_code, year
from {{ ref('fct_province_talent_year') }}
where lntalent is not null and lnbartik is null

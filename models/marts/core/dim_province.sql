select
    province_code,
    province_name,
    province_short,
    province_en,
    region7,
    is_east
from {{ ref('seed_province') }}

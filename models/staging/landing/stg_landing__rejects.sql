select
    source,
    table_name,
    file,
    row_number,
    column_name,
    value,
    reason
from {{ source('landing', 'rejects') }}

select
    source,
    table_name,
    file,
    status,
    duplicate_of,
    sha256,
    bytes,
    format,
    encoding,
    rows_read,
    rows_landed,
    rows_rejected
from {{ source('landing', 'files') }}

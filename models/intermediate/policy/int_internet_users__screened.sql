{{ screen_rows(ref('stg_internet_users__national'), ['year']) }}

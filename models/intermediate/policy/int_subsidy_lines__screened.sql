-- A firm may receive two grants with one name and amount: identical lines stay unless the file itself was delivered twice.
{{ screen_rows(ref('stg_subsidies__lines'), ['stkcd', 'year', '_file', '_row'], [['negative_amount', 'amount_yuan < 0']]) }}

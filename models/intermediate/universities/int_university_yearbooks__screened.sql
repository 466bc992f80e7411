{{ screen_rows(with_university(ref('stg_universities__yearbooks')), ['university_id', 'year'], [['not_a_listed_university', 'university_id is null']]) }}

-- Written by `make docs` from what is declared in polyai_assets: change it there, not here.
select
    project,
    date,
    version,
    certificate_sha256,
    verdict,
    settled,
    schema_version,
    tables,
    rows_expected,
    rows_found,
    differing,
    verified_at,
    published_at,
    delivered_at,
    restated_count,
    nul_characters
from {{ source('polyai', 'polyai_delivery_log') }}

"""Write-back: annotations and notes that people want published to PolyAI, and the outcome of each.

Requests are rows of the warehouse. A publisher takes them up one conversation at a time; that is committed before the
call is made, so that whatever happens, an annotation is never sent twice without a person's decision. This room knows
no Dagster and no configuration: it is handed connections, and what may be published.
"""

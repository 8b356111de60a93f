"""The checks: few, each meaning something, each judged per partition."""

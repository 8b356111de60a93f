-- Bounds of 95 % of a share of k in n (Wilson's), and of the difference of two shares, the second less the first
-- (Newcombe's method 10, from the bounds of each). NULL where there is nothing to divide by.
CREATE OR REPLACE MACRO wilson_low(k, n) AS
    CASE WHEN n > 0 THEN greatest((k + 1.9207294103470) / (nullif(n, 0) + 3.8414588206941)
        - 1.9599639845401 / (nullif(n, 0) + 3.8414588206941) * sqrt(k * (n - k) / nullif(n, 0) + 0.9603647051735), 0) END;
CREATE OR REPLACE MACRO wilson_high(k, n) AS
    CASE WHEN n > 0 THEN least((k + 1.9207294103470) / (nullif(n, 0) + 3.8414588206941)
        + 1.9599639845401 / (nullif(n, 0) + 3.8414588206941) * sqrt(k * (n - k) / nullif(n, 0) + 0.9603647051735), 1) END;
CREATE OR REPLACE MACRO newcombe_low(k1, n1, k2, n2) AS
    k2 / nullif(n2, 0) - k1 / nullif(n1, 0)
        - sqrt((k2 / nullif(n2, 0) - wilson_low(k2, n2)) ** 2 + (wilson_high(k1, n1) - k1 / nullif(n1, 0)) ** 2);
CREATE OR REPLACE MACRO newcombe_high(k1, n1, k2, n2) AS
    k2 / nullif(n2, 0) - k1 / nullif(n1, 0)
        + sqrt((wilson_high(k2, n2) - k2 / nullif(n2, 0)) ** 2 + (k1 / nullif(n1, 0) - wilson_low(k1, n1)) ** 2);
-- A figure, unless it is of fewer than `minimum` cases.
CREATE OR REPLACE MACRO if_enough(figure, n, minimum) AS CASE WHEN n >= minimum THEN figure END;

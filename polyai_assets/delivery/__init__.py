"""Days of projects for the warehouse that a company has already: published as files, and delivered from there."""

"""From a MapDocument to bytes: pages, tables, drawings."""

"""Geospatial medical demography for the health missions of the French departments."""

"""Reports: tables, figures and pages as HTML, the notebook exporter and the portal."""

"""The pages of one project as finished Markdown: values in, text out, by `templates/pages/`."""

"""The ways of telling a recipient, each a `Step`: webhook, e-mail, a command of the site's own."""

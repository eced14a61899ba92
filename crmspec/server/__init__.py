"""The only room that speaks HTTP: screens, JSON API, sessions. It is handed a release and an engine."""

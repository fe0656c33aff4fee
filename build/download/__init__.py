"""What makes of Tonny something to download: `just build`, `just smoke`, `just release`."""

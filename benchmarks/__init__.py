"""Speed as ratios within one run: ours beside the best that is known, on the same machine at the same moment."""

"""Archives, taken apart while they arrive; what they may hold."""

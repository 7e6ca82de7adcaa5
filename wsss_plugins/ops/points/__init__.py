"""Objects from extreme points: crops, seeds, propagation, pasting."""

"""The pages of the manual that are made from code: what they say of framings and settings cannot drift from either."""

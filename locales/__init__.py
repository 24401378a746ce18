"""The words and the world's data by language and country, and the example packs. Data only; bot/packs.py reads it."""

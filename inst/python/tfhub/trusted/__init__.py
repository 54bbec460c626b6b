"""What is trusted, and why: digests of models, the user's word, private folders.

Trust comes from the user, from outside of what is to be trusted. Whatever lies in a
model, a bundle, a manifest or a Keras file is a claim.
"""

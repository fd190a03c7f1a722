"""The network as it is served: bundle, plan, engine, what goes in and what comes out."""

-- PostgreSQL runs this once, when it makes its data directory.
CREATE DATABASE market;

"""What can be done to a project on disk: each operation takes its folder and returns a value; it prints nothing."""

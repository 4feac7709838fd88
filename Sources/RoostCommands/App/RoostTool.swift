/// The command `roost`: the same commands, with no jobs of its own.
public enum RoostTool: RoostApp {}

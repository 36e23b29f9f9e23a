alter table attempts
    drop constraint attempts_pkey,
    add constraint attempts_pkey primary key using index attempts_of_lease;
